"""The retriever: what it learns from, what it keeps, what it says."""

import copy

import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config
from tiny_retriever import FRAMES, RANKING, TRANSFORMER, crops

from mmselfshot.models.retriever import hit_at_1
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError


def build(**changes):
    torch.manual_seed(0)
    return MODELS.build(copy.deepcopy({**RANKING, **changes}))


def slow_nce(anchors, keys, ids, queue, queue_ids, tau):
    """Eq. (1) in loops; crops of one video in the queue do not count."""
    losses = []
    for i, anchor in enumerate(anchors):
        of_video, of_all = 0.0, 0.0
        for j, key in enumerate(keys):
            mass = (F.cosine_similarity(anchor, key, dim=0) / tau).exp()
            of_video += mass * (ids[i] == ids[j] and i != j)
            of_all += mass * (i != j)
        for key, other in zip(queue, queue_ids):
            mass = (F.cosine_similarity(anchor, key, dim=0) / tau).exp()
            of_all += mass * (other not in (-1, ids[i]))
        losses.append(-(of_video / of_all).log())
    return torch.stack(losses).mean()


def test_loss_is_eq_1_over_batch_and_queue():
    """Step 2 has new clips of the same videos; the average stood still."""
    model = build(loss=dict(type='MILNCELoss', tau=0.5))
    model(*crops(3), mode='loss')
    pixels, video_ids = crops(3)
    video_ids = video_ids + 1
    queue = model.queue.keys.clone(), model.queue.video_ids.clone()
    found = model(pixels, video_ids, mode='loss')['loss_retrieval']
    with torch.no_grad():
        trunk = model(pixels, mode='tensor').flatten(0, 1)
        anchors, average = model.head(trunk), model.momentum.average
        keys = average.head(average.encoder(pixels.flatten(0, 1).float()))
        ids = video_ids.repeat_interleave(2).tolist()
        expected = slow_nce(
            anchors, keys, ids, queue[0], queue[1].tolist(), 0.5
        )
    torch.testing.assert_close(found.detach(), expected)


def test_keys_of_the_batch_enter_the_queue_after_its_loss():
    model = build()
    pixels, video_ids = crops(4)
    model(pixels, video_ids, mode='loss')
    assert model.queue.video_ids.tolist() == [0, 0, 1, 1, 2, 2, 3, 3] + [
        -1
    ] * (12 - 8)
    with torch.no_grad():
        keys = model.momentum(pixels.flatten(0, 1).float())
    torch.testing.assert_close(model.queue.keys[:8], keys)


def test_gradient_reaches_the_online_encoder_only():
    model = build()
    model(*crops(), mode='loss')['loss_retrieval'].backward()
    for part in (model.encoder, model.head):
        assert all(p.grad is not None for p in part.parameters())
    assert all(p.grad is None for p in model.momentum.parameters())


def test_average_moves_towards_encoder_and_head():
    """With m = 0.5: half of the way."""
    model = build()
    with torch.no_grad():
        model.encoder.norm.bias += 1.0
        model.head[0].bias += 1.0
    before = copy.deepcopy(model.momentum.average)
    model.move_average()
    after = model.momentum.average
    for name in ('encoder.norm.bias', 'head.0.bias'):
        moved = after.get_parameter(name) - before.get_parameter(name)
        torch.testing.assert_close(moved, torch.full_like(moved, 0.5))


def test_average_starts_from_the_weights_that_training_starts_from(tmp_path):
    """Weights that init_cfg names come after the average was copied."""
    other = MODELS.build(copy.deepcopy(FRAMES['frame_encoder']))
    torch.save(other.state_dict(), tmp_path / 'resnet.pth')
    encoder = copy.deepcopy(FRAMES)
    encoder['frame_encoder']['init_cfg'] = dict(
        type='Pretrained', checkpoint=str(tmp_path / 'resnet.pth')
    )
    model = build(encoder=encoder)
    model.init_weights()
    for part in (model.encoder, model.momentum.average.encoder):
        found = part.frame_encoder.conv1.weight
        assert torch.equal(found, other.conv1.weight)


def test_state_of_the_model_makes_the_next_losses():
    model, other = build(), build(encoder=dict(TRANSFORMER, seed=3))
    batches = [crops() for _ in range(3)]
    model(*batches[0], mode='loss')
    model.move_average()
    other.load_state_dict(model.state_dict())
    for batch in batches[1:]:
        found, expected = (
            other(*batch, mode='loss'),
            model(*batch, mode='loss'),
        )
        assert torch.equal(found['loss_retrieval'], expected['loss_retrieval'])
        model.move_average(), other.move_average()


def test_training_brings_crops_of_a_video_together():
    """Each video has its own still, so that there is something to learn."""
    stills = torch.randint(0, 256, (4, 1, 1, 3, 16, 24), dtype=torch.uint8)
    pixels = stills.expand(4, 2, 2, 3, 16, 24)
    model = build(queue_length=8, head_dims=32)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(30):
        found = model(pixels, torch.arange(4), mode='loss')
        optimizer.zero_grad()
        found['loss_retrieval'].backward()
        optimizer.step()
        model.move_average()
        losses.append(found['loss_retrieval'].item())
    assert losses[-1] < 0.1 * losses[0]
    assert found['hit_at_1'] == 1


def test_bfloat16_is_near_float32_and_the_loss_stays_float32():
    exact, rough = build(), build(use_bfloat16=True)
    batch = crops()
    found = rough(*batch, mode='loss')['loss_retrieval']
    expected = exact(*batch, mode='loss')['loss_retrieval']
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected, atol=0.3, rtol=0.1)
    assert found != expected


def test_prediction_is_the_mean_direction_of_the_crops():
    model, (pixels, _) = build().eval(), crops(3)
    with torch.no_grad():
        trunk = model(pixels)
        assert trunk.shape == (3, 2, 16)
        torch.testing.assert_close(model(pixels[:, 0]), trunk[:, 0])
        expected = F.normalize(F.normalize(trunk, dim=2).mean(1), dim=1)
        torch.testing.assert_close(model(pixels, mode='predict'), expected)


def test_hit_at_1_by_hand():
    """Row 0 hits; in row 1 a negative is nearer; in row 2 the nearest one
    is neither."""
    sim = torch.tensor([[0.9, 0.5, 0.1], [0.2, 0.1, 0.9], [0.3, 0.9, 0.2]])
    positive = torch.tensor(
        [[True, False, False], [True, False, False], [True, False, False]]
    )
    negative = torch.tensor([[False, True, True]] * 3)
    negative[2, 1] = False
    assert hit_at_1(sim, positive, negative).item() == pytest.approx(2 / 3)


def test_encoder_alone_describes_and_does_not_train():
    model = build(loss=None)
    assert all(name.startswith('encoder.') for name in model.state_dict())
    assert model(crops()[0]).shape == (4, 2, 16)
    with pytest.raises(UserError, match=r'model\.loss is None'):
        model(*crops(), mode='loss')


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(loss=dict(type='MoCoLoss')), 'has loss=MoCoLoss'),
        (dict(loss=dict(type='RankingLoss', mode='x')), "mode='x'"),
        (dict(loss=dict(type='MILNCELoss', tau=0)), 'tau=0'),
        (dict(encoder=dict(FRAMES, is_frozen=True)), 'nothing to train'),
        (dict(queue_length=0), 'length=0'),
        (dict(momentum=2.0), 'momentum=2'),
    ],
)
def test_parts_that_do_not_fit_are_refused(changes, message):
    with pytest.raises(UserError, match=message):
        build(**changes)


def test_lone_crop_is_refused():
    with pytest.raises(UserError, match='1 crop of each video'):
        build()(*crops(num_crops=1), mode='loss')


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(model=dict(type='Retriever')), r'has no model\.loss'),
        (dict(custom_hooks=[]), 'has no MomentumHook'),
    ],
)
def test_training_that_cannot_succeed_does_not_start(changes, message):
    model = MODELS.get('Retriever')
    options = dict(model=RANKING, custom_hooks=[dict(type='MomentumHook')])
    model.check_start(Config(options))
    with pytest.raises(UserError, match=message):
        model.check_start(Config({**options, **changes}))
