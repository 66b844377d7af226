"""The tracks of one video as people see them: few, numbered, not overlapping.

A result list may hold a mask track under two class names, weak tracks, and
masks that share pixels. Pictures and palette PNGs can show none of this, so
`choose_tracks` and `resolve_overlaps` settle it before anything is written;
result list and pictures then agree pixel for pixel.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmselfshot.structures import decode_mask, encode_masks
from mmselfshot.visualization.palette import MAX_TRACKS, pascal_palette


@dataclass
class Track:
    """One object of a video.

    Attributes:
        number: 1 to 255, the colour and the value in palette PNGs.
        name: Class name.
        segmentations: One mask in any form, or None, per frame.
        score: In [0, 1]; None for a true object.
        category_id: Of the label file.
    """

    number: int
    name: str
    segmentations: list[Any]
    score: float | None = None
    category_id: int = 0

    @property
    def color(self) -> tuple[int, int, int]:
        """RGB."""
        red, green, blue = pascal_palette()[self.number].tolist()
        return red, green, blue

    @property
    def text(self) -> str:
        """What stands beside the mask."""
        score = '' if self.score is None else f' {self.score:.2f}'
        return f'{self.number} {self.name}{score}'


def choose_tracks(
    scores: Sequence[float],
    segmentations: Sequence[Sequence[dict | None]],
    size: tuple[int, int],
    score_thr: float,
) -> list[int]:
    """Leave out weak tracks, invisible ones, and all but one of duplicates.

    Two tracks are duplicates as in `structures.duplicates`: one mask
    under two class names, for example.

    Args:
        scores: N scores.
        segmentations: N lists of T masks.
        size: Height and width of the video, in pixels.
        score_thr: Least score of a track that stays.

    Returns:
        Indices by falling score, at most 255.
    """
    from mmselfshot.structures import Tracks, distinct_tracks

    strong = [n for n, score in enumerate(scores) if score >= score_thr]
    if not strong:
        return []
    masks = [segmentations[n] for n in strong]
    names = [f'track {n}' for n in strong]
    tracks = Tracks(masks, *size, names, len(masks[0]))
    kept = distinct_tracks(tracks, [scores[n] for n in strong])
    return [strong[n] for n in kept.tolist()][:MAX_TRACKS]


def resolve_overlaps(
    segmentations: Sequence[Sequence[dict | None]], size: tuple[int, int]
) -> list[list[dict | None]]:
    """Give every pixel to the first track that claims it.

    Args:
        segmentations: N lists of T masks, best track first.
        size: Height and width, in pixels.

    Returns:
        N lists of T compressed RLE, None where nothing is left.
    """
    resolved: list[list[dict | None]] = [[] for _ in segmentations]
    for frame in zip(*segmentations):
        taken = np.zeros(size, dtype=bool)
        masks = np.zeros((len(frame), *size), dtype=bool)
        for mask, segmentation in zip(masks, frame):
            if segmentation is not None:
                mask[:] = decode_mask(segmentation, *size) & ~taken
                taken |= mask
        for track, rle in zip(resolved, encode_masks(masks)):
            track.append(rle)
    return resolved


def number_maps(
    tracks: Sequence[Track], size: tuple[int, int], num_frames: int
) -> Iterator[np.ndarray]:
    """Draw the numbers of the tracks, frame by frame.

    Args:
        tracks: Best first; where masks overlap the first one shows.
        size: Height and width, in pixels.
        num_frames: Length of the video.

    Yields:
        (H, W) uint8, 0 = background.
    """
    for index in range(num_frames):
        numbers = np.zeros(size, dtype=np.uint8)
        for track in reversed(tracks):
            if track.segmentations[index] is not None:
                mask = decode_mask(track.segmentations[index], *size)
                numbers[mask] = track.number
        yield numbers


def tracks_from_results(
    results: Sequence[Mapping[str, Any]],
    names: Mapping[int, str],
    size: tuple[int, int],
    score_thr: float,
) -> list[Track]:
    """Tracks of one video out of a result list, chosen and resolved.

    Args:
        results: The entries of this video, see the result file.
        names: Category id to class name.
        size: Height and width, in pixels.
        score_thr: See `choose_tracks`.

    Returns:
        Numbered from 1, by falling score; none of them is empty.
    """
    chosen = choose_tracks(
        [entry['score'] for entry in results],
        [entry['segmentations'] for entry in results],
        size,
        score_thr,
    )
    resolved = resolve_overlaps(
        [results[n]['segmentations'] for n in chosen], size
    )
    tracks: list[Track] = []
    for n, segmentations in zip(chosen, resolved):
        if any(rle is not None for rle in segmentations):
            category_id = results[n]['category_id']
            tracks.append(
                Track(
                    len(tracks) + 1,
                    names.get(category_id, f'category {category_id}'),
                    segmentations,
                    results[n]['score'],
                    category_id,
                )
            )
    return tracks


def true_tracks(
    annotations: Sequence[Mapping[str, Any]], names: Mapping[int, str]
) -> list[Track]:
    """Tracks of one video out of a label file, numbered in its order.

    Numbers above 255 begin again at 1; crowds are left out.
    """
    kept = [one for one in annotations if not one.get('iscrowd')]
    return [
        Track(
            n % MAX_TRACKS + 1,
            names[one['category_id']],
            one['segmentations'],
            one.get('score'),
            one['category_id'],
        )
        for n, one in enumerate(kept)
    ]
