"""Which frames of a video are labelled when labels are sparse.

Source: MinVIS (NeurIPS 2022), Sec. 4.3 (a share of the frames, evenly
spread); Sparse-MinVIS, how many frames its generator keeps and labels.
"""

from fractions import Fraction

from mmselfshot.utils import UserError


def spread_frames(length: int, ratio: float) -> list[int]:
    """Evenly spread frames, MinVIS's choice for a share of the labels.

    Args:
        length: Frames of the video, 1 or more.
        ratio: Share of them, in (0, 1].

    Returns:
        Ascending indices: max(round(length * ratio), 1) frames, rounded half
        to even, from frame 0 on; if it is one, the middle frame.

    Raises:
        UserError: If the ratio is out of its range.
    """
    if not 0 < ratio <= 1:
        raise UserError(
            f'{ratio} of the frames; expected a share above 0, at most 1'
        )
    num = max(round(length * ratio), 1)
    if num == 1:
        return [length // 2]
    return [index * length // num for index in range(num)]


def count_sparse_frames(
    length: int, labelled: float, unlabelled: float
) -> tuple[int, int]:
    """Frames of a video that Sparse-MinVIS keeps, and those with labels.

    Args:
        length: Frames of the video, 1 or more.
        labelled: Per cent of the frames that keep their labels.
        unlabelled: Per cent that stay without.

    Returns:
        Kept and labelled frames, both rounded up; at least 1 each.
    """
    share = Fraction(str(labelled)) + Fraction(str(unlabelled))
    return (
        -(-length * share // 100),
        -(-length * Fraction(str(labelled)) // 100),
    )
