"""The masks of the tracks of one video, checked once and kept compressed."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmselfshot.structures.rle import to_compressed
from mmselfshot.structures.run_lengths import measure_masks
from mmselfshot.utils import UserError


class Tracks:
    """The masks of N tracks in T frames of one video.

    Args:
        segmentations: N lists of masks, one per frame, in any form of
            `mmselfshot.structures.to_compressed`.
        height: Rows of the video, in pixels.
        width: Columns of the video, in pixels.
        names: N texts that name a track in an error.
        num_frames: Frames of the video.
        frames: Indices of the T frames that count; None means all.

    Attributes:
        areas: (N, T) int64, pixels; 0 where there is no mask.
        spans: (N, T, 2) int64, the first object pixel and the one after
            the last, counted column by column.

    Raises:
        UserError: If a list has another length than the video, a mask has
            another size than the video, or its runs are wrong.
    """

    def __init__(
        self,
        segmentations: Sequence[Sequence[Any]],
        height: int,
        width: int,
        names: Sequence[str],
        num_frames: int,
        frames: Sequence[int] | None = None,
    ) -> None:
        frames = range(num_frames) if frames is None else frames
        self.areas = np.zeros(
            (len(segmentations), len(frames)), dtype=np.int64
        )
        self.spans = np.zeros((*self.areas.shape, 2), dtype=np.int64)
        self._rles: list[dict | None] = []
        size = [height, width]
        for name, masks in zip(names, segmentations):
            _check_length(name, masks, num_frames)
            for frame in frames:
                mask = masks[frame]
                if mask is not None and not _is_compressed(mask, size):
                    mask = _compress(mask, size, name, frame)
                self._rles.append(mask)
        places = [i for i, rle in enumerate(self._rles) if rle is not None]
        areas, spans, is_valid = measure_masks(
            [self._rles[i]['counts'] for i in places], height * width
        )
        if not is_valid.all():
            n, t = divmod(places[int(np.argmin(is_valid))], len(frames))
            raise UserError(
                f'{names[n]} has a mask in frame {frames[t]} whose runs do '
                f'not fill {height}x{width} pixels; write the file again'
            )
        self.areas.ravel()[places] = areas
        self.spans.reshape(-1, 2)[places] = spans

    def __len__(self) -> int:
        return len(self.areas)

    @property
    def num_frames(self) -> int:
        """Frames that count."""
        return self.areas.shape[1]

    def rle(self, n: int, t: int) -> dict | None:
        """Compressed mask of track n in the t-th frame that counts."""
        return self._rles[n * self.num_frames + t]


def _check_length(name: str, masks: Any, num_frames: int) -> None:
    if not isinstance(masks, list | tuple):
        raise UserError(
            f'{name} has {type(masks).__name__} for segmentations; expected '
            f'a list of {num_frames}, one mask or null per frame'
        )
    if len(masks) != num_frames:
        raise UserError(
            f'{name} has {len(masks)} masks, its video {num_frames} frames; '
            'expected one mask or null per frame'
        )


def _is_compressed(mask: Any, size: list[int]) -> bool:
    """Whether a mask is in the usual form and needs no work."""
    return (
        type(mask) is dict
        and type(mask.get('counts')) is str
        and mask['counts'].isascii()
        and mask.get('size') == size
    )


def _compress(
    mask: Any, size: list[int], name: str, frame: int
) -> dict | None:
    try:
        rle = to_compressed(mask, *size)
        return rle and {'size': size, 'counts': rle['counts'].decode('ascii')}
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as e:
        raise UserError(
            f'{name} has a mask in frame {frame} that cannot be read: {e}'
        ) from None
