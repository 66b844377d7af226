"""Pictures and page of queries, what was found in them, and their supports."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from mmselfshot.datasets.pool_clip import spread_evenly
from mmselfshot.structures import decode_mask
from mmselfshot.visualization.draw import (
    Color,
    contact_sheet,
    draw_legend,
    draw_masks,
    enlarge,
    pad_to,
    text_height,
)
from mmselfshot.visualization.heat import draw_outline
from mmselfshot.visualization.page import Page
from mmselfshot.visualization.tracks import Track

NUM_FRAMES = 4  # of a query, in a picture
MIN_HEIGHT = 160  # of a frame in a picture, pixels
GAP = 6  # below a row, pixels


def choose_frames(num_frames: int) -> list[int]:
    """Numbers of the frames of a query that are shown."""
    return spread_evenly(range(num_frames), min(NUM_FRAMES, num_frames))


def draw_episode(
    frames: dict[int, np.ndarray],
    targets: Sequence[Track],
    found: Sequence[Track],
    supports: Sequence[np.ndarray],
    kinds: str,
) -> np.ndarray:
    """Three rows: what is asked for, what was found, the supports.

    Args:
        frames: Of the query, by number, (H, W, 3) uint8 RGB each.
        targets: Outlined in the first row.
        found: In their colours in the second row.
        supports: (H', W', 3) uint8 RGB each, brought to the same height.
        kinds: What the targets are.

    Returns:
        (H'', W'', 3) uint8 RGB.
    """
    height, width = next(iter(frames.values())).shape[:2]
    factor = -(-MIN_HEIGHT // height)
    asked, seen = [], []
    for number, frame in frames.items():
        frame = enlarge(frame, factor)
        picture = frame
        for mask in _masks(targets, number, (height, width), factor):
            picture = draw_outline(picture, mask)
        asked.append(picture)
        masks = _masks(found, number, (height, width), factor)
        colors = [track.color for track in found]
        seen.append(draw_masks(frame, masks[::-1], colors[::-1]))
    size = text_height(height * factor, width * factor)
    entries = [(track.text, track.color) for track in found]
    shown = [_scale(one, height * factor) for one in supports]
    rows = [
        _row(f'asked for: {kinds}', (), asked, size),
        _row('found' if found else 'found nothing', entries, seen, size),
        _row('supports' if shown else 'no supports', (), shown, size),
    ]
    wide = max(row.shape[1] for row in rows)
    return np.concatenate([pad_to(row, len(row) + GAP, wide) for row in rows])


def write_episode_page(
    path: str | Path,
    title: str,
    pictures: Sequence[tuple[str, np.ndarray]],
) -> None:
    """Write a page.

    Args:
        path: Of the page.
        title: Of the page.
        pictures: Captions, and pictures as of `draw_episode`.
    """
    page = Page(title)
    page.add_text(
        'Rows: frames of the query with the targets outlined; what the '
        'network found, with its scores; the middle frame of each support.'
    )
    for caption, picture in pictures:
        page.add_image(picture, caption)
    page.write(path)


def _masks(
    tracks: Sequence[Track], number: int, size: tuple[int, int], factor: int
) -> list[np.ndarray]:
    return [
        enlarge(decode_mask(track.segmentations[number], *size), factor)
        for track in tracks
    ]


def _row(
    title: str,
    entries: Sequence[tuple[str, Color]],
    pictures: Sequence[np.ndarray],
    size: int,
) -> np.ndarray:
    """Pictures side by side below a line of text."""
    if not pictures:
        return draw_legend(20 * size, title, entries, size)
    row = contact_sheet(pictures, len(pictures))
    return np.concatenate(
        [draw_legend(row.shape[1], title, entries, size), row]
    )


def _scale(picture: np.ndarray, height: int) -> np.ndarray:
    width = max(1, round(picture.shape[1] * height / picture.shape[0]))
    way = cv2.INTER_AREA if height < len(picture) else cv2.INTER_NEAREST
    return cv2.resize(picture, (width, height), interpolation=way)
