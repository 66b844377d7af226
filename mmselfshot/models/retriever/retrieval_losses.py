"""Losses between clips and their candidates: MIL-NCE, ranking, MoCo.

Source: Self-Shot VIS (ECCV 2022), Eq. (1), (2), (6), (7); the frame-wise
row (d) of its Table 1 is MoCo (CVPR 2020), Eq. (1).
Shapes: N clips, M candidates (keys of the batch, then the memory queue).
Ours: in Eq. (1) the printed denominator repeats v+; it runs over all
candidates here. Eq. (2) as printed takes the rank of the clip's own key and
a sum, so that the loss can be negative; the default is the rank of each
positive and a mean, which is Smooth-AP's estimate of the average precision
(ECCV 2020), and the printed form is `literal`. `tau`: the paper prints 2 for
Eq. (7), where the loss can not come near 0; the default is 0.05.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from mmselfshot.models.retriever.soft_counts import soft_counts
from mmselfshot.utils import UserError

RANKING_MODES = ('neglog_mean', 'one_minus', 'neglog_sum', 'literal')


def clip_cosines(anchors: Tensor, candidates: Tensor) -> Tensor:
    """Cosine of every pair, never in half precision.

    bfloat16 is wrong by up to 0.004, which a temperature of 0.01 makes 0.4.

    Args:
        anchors: (N, C) float, of any length.
        candidates: (M, C) float, of any length.

    Returns:
        (N, M) float32 or float64 in [-1, 1]; 0 where a vector is zero.
    """
    with torch.autocast(anchors.device.type, enabled=False):
        if anchors.dtype != torch.float64:
            anchors, candidates = anchors.float(), candidates.float()
        return F.normalize(anchors, dim=1) @ F.normalize(candidates, dim=1).T


def mil_nce(
    sim: Tensor,
    positive: Tensor,
    negative: Tensor,
    tau: float = 0.07,
    reduction: str = 'mean',
) -> Tensor:
    """Negative log of the probability mass on all positives, Eq. (1).

    Args:
        sim: (N, M) float32 or float64, cosines in [-1, 1].
        positive: (N, M) bool, the other clips of the same video.
        negative: (N, M) bool, the clips of other videos; a candidate that
            is neither does not count.
        tau: Temperature, above 0.
        reduction: `mean` over the clips or `none`.

    Returns:
        Scalar, or (N,), float, at least 0; zero (with a graph) if N is 0.

    Raises:
        UserError: If `tau` or `reduction` is not one of those above.
        ValueError: If a row has no positive (its loss would be infinite).
    """
    _check(positive, tau)
    if not len(sim):
        return _reduce(sim.sum(1), reduction)
    logits = sim / tau
    nothing = float('-inf')
    of_positives = logits.masked_fill(~positive, nothing).logsumexp(1)
    of_all = logits.masked_fill(~(positive | negative), nothing).logsumexp(1)
    return _reduce(of_all - of_positives, reduction)


def ranking_loss(
    sim: Tensor,
    positive: Tensor,
    negative: Tensor,
    tau: float = 0.05,
    mode: str = 'neglog_mean',
    own: Tensor | None = None,
    reduction: str = 'mean',
) -> Tensor:
    """Differentiable ranking of the positives before the negatives, Eq. (2).

    With r(p) = R(p; P) / R(p; P u N), in (0, 1], for each positive p:
        neglog_mean  -log(mean_p r(p))
        one_minus    1 - mean_p r(p)
        neglog_sum   -log(sum_p r(p)), the default less log |P|
        literal      -log(sum_p R(own; {p}) / R(own; {p} u N))

    Memory: nothing larger than (N, M) is made or kept, see `soft_counts`.

    Args:
        sim: (N, M) float32 or float64, cosines in [-1, 1].
        positive: (N, M) bool, P, the other clips of the same video.
        negative: (N, M) bool, N, the clips of other videos; a candidate
            that is neither does not count.
        tau: Temperature, above 0.
        mode: One of `RANKING_MODES`.
        own: (N,) int64 in [0, M), where the key of the clip itself is; only
            `literal` needs it, and there it must be no positive.
        reduction: `mean` over the clips or `none`.

    Returns:
        Scalar, or (N,), float; zero (with a graph) if N is 0.

    Raises:
        UserError: If `tau`, `mode` or `reduction` is not one of those above.
        ValueError: If a row has no positive, or `own` is missing or positive.
    """
    if mode not in RANKING_MODES:
        raise UserError(
            f'ranking loss has mode={mode!r}; expected one of '
            f'{", ".join(RANKING_MODES)}'
        )
    _check(positive, tau)
    if not len(sim):
        return _reduce(sim.sum(1), reduction)
    columns, is_pair = _columns_of(positive)
    at_positives = sim.gather(1, columns)
    if mode == 'literal':
        own = _check_own(own, positive)
        among = ((at_positives - sim.gather(1, own)) / tau).sigmoid()
        before = soft_counts(sim, negative, own, tau)
    else:
        each = torch.arange(columns.shape[1], device=columns.device)
        each = each.expand_as(columns)
        among = soft_counts(at_positives, is_pair, each, tau)
        before = soft_counts(sim, negative, columns, tau)
    ratios = (1 + among) / (1 + among + before)
    total = ratios.masked_fill(~is_pair, 0).sum(1)
    if mode in ('neglog_sum', 'literal'):
        return _reduce(-total.log(), reduction)
    mean = total / is_pair.sum(1)
    loss = 1 - mean if mode == 'one_minus' else -mean.log()
    return _reduce(loss, reduction)


def moco_loss(
    own: Tensor,
    queued: Tensor,
    negative: Tensor,
    tau: float = 0.07,
    reduction: str = 'mean',
) -> Tensor:
    """One positive, the other view of the frame, against the queue.

    Source: MoCo (CVPR 2020), Eq. (1).

    Args:
        own: (N,) float, cosine of each frame with its own key.
        queued: (N, M) float, cosines with the keys of the queue.
        negative: (N, M) bool, True where the queued key is filled and of
            another video.
        tau: Temperature, above 0.
        reduction: `mean` over the frames or `none`.

    Returns:
        Scalar, or (N,), float, at least 0; zero (with a graph) if N is 0 or
        there is no negative.

    Raises:
        UserError: If `tau` or `reduction` is not one of those above.
    """
    sim = torch.cat([own[:, None], queued], dim=1)
    positive = torch.zeros_like(sim, dtype=torch.bool)
    positive[:, 0] = True
    negative = F.pad(negative, (1, 0))
    return mil_nce(sim, positive, negative, tau, reduction)


def _columns_of(positive: Tensor) -> tuple[Tensor, Tensor]:
    """Where the positives are, (N, P) int64, and (N, P) bool, which exist.

    P is the largest number of positives of a clip.
    """
    counts = positive.sum(1, keepdim=True)
    most = int(counts.max())
    columns = positive.byte().argsort(dim=1, descending=True, stable=True)
    slots = torch.arange(most, device=positive.device)
    # a view would keep all columns for the gradient
    return columns[:, :most].clone(), slots < counts


def _check(positive: Tensor, tau: float) -> None:
    if not tau > 0:
        raise UserError(f'loss has tau={tau}; expected a number above 0')
    has_positive = positive.any(1)
    if not has_positive.all():
        rows = (~has_positive).nonzero().flatten().tolist()
        raise ValueError(f'rows {rows} have no positive clip')


def _check_own(own: Tensor | None, positive: Tensor) -> Tensor:
    """(N, 1) int64."""
    if own is None:
        raise ValueError('mode literal needs `own`, the place of each own key')
    own = own[:, None]
    if positive.gather(1, own).any():
        raise ValueError('mode literal has an own key among the positives')
    return own


def _reduce(losses: Tensor, reduction: str) -> Tensor:
    if reduction == 'none':
        return losses
    if reduction != 'mean':
        raise UserError(
            f'loss has reduction={reduction!r}; expected mean or none'
        )
    return losses.mean() if len(losses) else losses.sum()
