"""MIL-NCE, ranking and MoCo: by hand, at the edges, and in memory."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from mmselfshot.models.retriever.clip_pairs import EMPTY, pair_clips
from mmselfshot.models.retriever.retrieval_losses import (
    RANKING_MODES,
    clip_cosines,
    mil_nce,
    moco_loss,
    ranking_loss,
)
from mmselfshot.utils import UserError


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def bools(*rows):
    return torch.tensor(rows, dtype=torch.bool)


def batch_of(num_videos, num_clips, num_queued, dims=16):
    """Vectors, masks and own keys of a batch and a queue."""
    ids = torch.arange(num_videos).repeat_interleave(num_clips)
    own = torch.arange(len(ids))
    queue_ids = num_videos + torch.arange(num_queued)
    positive, negative = pair_clips(ids, ids, queue_ids, own)
    anchors = torch.randn(len(ids), dims, requires_grad=True)
    candidates = torch.randn(positive.shape[1], dims)
    return anchors, candidates, positive, negative, own


def test_nce_of_two_positives_and_one_negative_by_hand():
    """-log((e^2 + e^1) / (e^2 + e^1 + e^0)); the last one is neither."""
    sim = torch.tensor([[2.0, 1.0, 0.0, 5.0]])
    positive, negative = bools([1, 1, 0, 0]), bools([0, 0, 1, 0])
    hand = -math.log((math.e**2 + math.e) / (math.e**2 + math.e + 1))
    found = mil_nce(sim, positive, negative, tau=1.0)
    assert found.item() == pytest.approx(hand, rel=1e-5)


@pytest.mark.parametrize('mode', RANKING_MODES)
def test_ranking_of_two_positives_and_one_negative_by_hand(mode):
    """Positives .6 and .2, negative .4, own key .8, tau .2."""
    sim = torch.tensor([[0.6, 0.2, 0.4, 0.8]])
    positive, negative = bools([1, 1, 0, 0]), bools([0, 0, 1, 0])
    upper, lower = 1 + sigmoid(-2), 1 + sigmoid(2)
    ratios = (
        upper / (upper + sigmoid(-1)),
        lower / (lower + sigmoid(1)),
    )
    # before the own key: the first by s(-1), the second by s(-3)
    first, second = 1 + sigmoid(-1), 1 + sigmoid(-3)
    literal = first / (first + sigmoid(-2)), second / (second + sigmoid(-2))
    hand = dict(
        neglog_mean=-math.log(sum(ratios) / 2),
        one_minus=1 - sum(ratios) / 2,
        neglog_sum=-math.log(sum(ratios)),
        literal=-math.log(sum(literal)),
    )
    found = ranking_loss(
        sim, positive, negative, tau=0.2, mode=mode, own=torch.tensor([3])
    )
    assert found.item() == pytest.approx(hand[mode], rel=1e-5)


def test_sharp_ranking_is_one_minus_the_average_precision():
    """Positives at places 1 and 3 of 4: AP = (1 / 1 + 2 / 3) / 2."""
    sim = torch.tensor([[0.9, 0.7, 0.5, 0.1]])
    positive = bools([1, 0, 1, 0])
    found = ranking_loss(sim, positive, ~positive, 1e-3, 'one_minus')
    assert found.item() == pytest.approx(1 - (1 + 2 / 3) / 2, rel=1e-5)


def test_clips_with_unequal_numbers_of_positives():
    """Each row gives what it gives alone."""
    sim = 2 * torch.rand(3, 6) - 1
    positive = bools([1, 0, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0], [0] * 5 + [1])
    negative = ~positive
    together = ranking_loss(sim, positive, negative, reduction='none')
    alone = [
        ranking_loss(sim[i, None], positive[i, None], negative[i, None])
        for i in range(3)
    ]
    torch.testing.assert_close(together, torch.stack(alone))


@pytest.mark.parametrize('mode', ['nce', *RANKING_MODES])
def test_order_of_the_candidates_does_not_change_the_loss(mode):
    anchors, candidates, positive, negative, own = batch_of(3, 3, 5)
    sim = clip_cosines(anchors, candidates)
    order = torch.randperm(sim.shape[1])
    moved = sim[:, order], positive[:, order], negative[:, order]
    there = order.argsort()[own]

    def loss(*args, own):
        if mode == 'nce':
            return mil_nce(*args)
        return ranking_loss(*args, mode=mode, own=own)

    torch.testing.assert_close(
        loss(*moved, own=there), loss(sim, positive, negative, own=own)
    )


@pytest.mark.parametrize('mode', ['nce', *RANKING_MODES])
def test_loss_falls_along_its_gradient(mode):
    anchors, candidates, positive, negative, own = batch_of(4, 3, 20)
    losses = []
    for _ in range(30):
        sim = clip_cosines(anchors, candidates)
        if mode == 'nce':
            loss = mil_nce(sim, positive, negative)
        else:
            loss = ranking_loss(
                sim, positive, negative, 0.2, mode=mode, own=own
            )
        losses.append(loss.item())
        (grad,) = torch.autograd.grad(loss, anchors)
        anchors = (anchors - 0.5 * grad / grad.norm()).detach()
        anchors.requires_grad_()
    assert losses[-1] < losses[0] - 0.02


def test_cosines_of_vectors_of_any_length_and_of_zero():
    found = clip_cosines(
        torch.tensor([[3.0, 0.0], [0.0, 0.0]]),
        torch.tensor([[5.0, 5.0], [0.0, -2.0]]),
    )
    root = math.sqrt(0.5)
    torch.testing.assert_close(found, torch.tensor([[root, 0.0], [0.0, 0.0]]))


def test_cosines_are_never_in_half_precision():
    half = torch.randn(4, 8, dtype=torch.bfloat16)
    with torch.autocast('cpu', torch.bfloat16):
        found = clip_cosines(half, half.float())
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.diagonal(), torch.ones(4))
    assert clip_cosines(half.double(), half.double()).dtype == torch.float64


def test_moco_is_the_cross_entropy_with_the_own_key_first():
    own, queued = torch.rand(5), torch.rand(5, 9)
    logits = torch.cat([own[:, None], queued], 1) / 0.07
    expected = F.cross_entropy(logits, torch.zeros(5, dtype=torch.long))
    everyone = torch.ones(5, 9, dtype=torch.bool)
    torch.testing.assert_close(moco_loss(own, queued, everyone), expected)


def test_moco_with_an_empty_queue_is_zero_with_a_graph():
    own = torch.rand(3, requires_grad=True)
    none = torch.zeros(3, 4, dtype=torch.bool)
    loss = moco_loss(own, torch.rand(3, 4), none)
    loss.backward()
    assert loss.item() == 0 and not own.grad.any()


def test_rows_of_the_queue_that_are_not_filled_do_not_count():
    ids, own = torch.tensor([1, 1, 2, 2]), torch.arange(4)
    sim = torch.rand(4, 6)
    queue_ids = torch.tensor([7, EMPTY])
    masks = pair_clips(ids, ids, queue_ids, own)
    small = pair_clips(ids, ids, queue_ids[:1], own)
    for loss in (mil_nce, ranking_loss):
        torch.testing.assert_close(loss(sim, *masks), loss(sim[:, :5], *small))


@pytest.mark.parametrize('loss', [mil_nce, ranking_loss])
def test_no_clip_gives_zero_with_a_graph(loss):
    sim = torch.zeros(0, 4, requires_grad=True)
    none = torch.zeros(0, 4, dtype=torch.bool)
    found = loss(sim, none, none)
    found.backward()
    assert found.item() == 0
    assert loss(sim, none, none, reduction='none').shape == (0,)


@pytest.mark.parametrize('loss', [mil_nce, ranking_loss])
def test_no_negative_gives_zero(loss):
    sim = torch.rand(2, 2, requires_grad=True)
    positive = ~torch.eye(2).bool()
    found = loss(sim, positive, positive & False)
    found.backward()
    assert found.item() == pytest.approx(0, abs=1e-6)
    assert sim.grad.isfinite().all()


@pytest.mark.parametrize('loss', [mil_nce, ranking_loss])
def test_row_without_positive_is_named(loss):
    positive = bools([1, 0], [0, 0])
    with pytest.raises(ValueError, match=r'rows \[1\]'):
        loss(torch.zeros(2, 2), positive, ~positive)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(mode='smooth'), "mode='smooth'"),
        (dict(tau=0), 'tau=0'),
        (dict(reduction='sum'), "reduction='sum'"),
    ],
)
def test_unknown_options_are_refused(options, message):
    positive = torch.eye(2).bool()
    with pytest.raises(UserError, match=message):
        ranking_loss(torch.zeros(2, 2), positive, ~positive, **options)


@pytest.mark.parametrize('own', [None, torch.tensor([0, 1])])
def test_literal_needs_an_own_key_that_is_no_positive(own):
    positive = torch.eye(2).bool()
    with pytest.raises(ValueError, match='own'):
        ranking_loss(
            torch.zeros(2, 2), positive, ~positive, mode='literal', own=own
        )


class Watch(TorchDispatchMode):
    """Notes the largest tensor that any operation makes."""

    largest = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(made):
            if isinstance(leaf, torch.Tensor):
                self.largest = max(self.largest, leaf.numel())
        return made


def elements_of(loss_of, anchors):
    """Largest tensor made, and all elements kept for the gradient.

    A view counts with all that it is a view of.
    """
    kept = {}

    def keep(tensor):
        storage = tensor.untyped_storage()
        num_elements = storage.nbytes() // tensor.element_size()
        kept[storage.data_ptr()] = num_elements
        return tensor

    with Watch() as watch:
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda x: x):
            loss = loss_of()
        loss.backward()
    assert anchors.grad.any()
    return watch.largest, sum(kept.values())


def cube_loss(sim, positive, negative, tau=0.05):
    """The default ranking loss of equal |P|, written as a cube."""
    at = sim[positive].view(len(sim), -1)
    steps = ((sim[:, None] - at[..., None]) / tau).sigmoid()
    among = (steps * positive[:, None]).sum(2) - 0.5
    before = (steps * negative[:, None]).sum(2)
    return -((1 + among) / (1 + among + before)).mean(1).log().mean()


@pytest.mark.parametrize('mode', RANKING_MODES)
@pytest.mark.parametrize('num_clips', [5, 20])
def test_ranking_at_the_papers_size_makes_no_cube(mode, num_clips):
    """160 clips, 1440 candidates, 4 or 19 positives: N x M is 230,400.

    Nothing larger than N x M is made, forward or backward, and less than
    3.5 x N x M is kept in all, vectors included; the cube would be 4 or
    19 x N x M at each step.
    """
    batch = batch_of(160 // num_clips, num_clips, 1280, dims=128)
    anchors, candidates, positive, negative, own = batch
    size = positive.numel()
    assert size == 160 * 1440
    largest, kept = elements_of(
        lambda: ranking_loss(
            clip_cosines(anchors, candidates),
            positive,
            negative,
            mode=mode,
            own=own,
        ),
        anchors,
    )
    assert largest == size
    assert kept < 3.5 * size


def test_cube_is_seen_by_the_same_watch_and_gives_the_same_loss():
    batch = batch_of(32, 5, 1280, dims=128)
    anchors, candidates, positive, negative, _ = batch
    size = positive.numel()
    largest, kept = elements_of(
        lambda: cube_loss(
            clip_cosines(anchors, candidates), positive, negative
        ),
        anchors,
    )
    assert largest == 4 * size
    assert kept > 6 * size
    sim = clip_cosines(anchors, candidates)
    ours = ranking_loss(sim, positive, negative)
    slow = cube_loss(sim, positive, negative)
    torch.testing.assert_close(ours, slow)
    (grad,) = torch.autograd.grad(ours, anchors)
    torch.testing.assert_close(grad, anchors.grad, rtol=1e-3, atol=1e-6)
