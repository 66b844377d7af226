"""Pictures and page of attention before and after the fuser."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from mmselfshot.datasets.pool_clip import spread_evenly
from mmselfshot.visualization.draw import contact_sheet, enlarge
from mmselfshot.visualization.heat import draw_heat, draw_outline
from mmselfshot.visualization.page import Page

NUM_FRAMES = 4  # of a query, in a picture
MIN_HEIGHT = 160  # of a frame in a picture, pixels


def draw_attention(
    query: Tensor, supports: Tensor, masks: Tensor, heats: Sequence[Tensor]
) -> np.ndarray:
    """Rows of frames: as they are, with each heat; then the supports.

    Args:
        query: (T, 3, H, W) uint8 RGB.
        supports: (K, S, 3, H, W) uint8 RGB; of each, the middle frame.
        masks: (T, H, W) bool, outlined.
        heats: Each (T, h, w) float, not negative; they have one scale.

    Returns:
        (H', W', 3) uint8 RGB.
    """
    shown = spread_evenly(range(len(query)), min(NUM_FRAMES, len(query)))
    frames = query.permute(0, 2, 3, 1).numpy()
    factor = -(-MIN_HEIGHT // frames.shape[1])
    hottest = max(float(heat[shown].max()) for heat in heats)
    rows = [[frames[t] for t in shown]]
    rows += [
        [draw_heat(frames[t], heat[t].numpy(), hottest) for t in shown]
        for heat in heats
    ]
    large = [enlarge(mask, factor) for mask in masks[shown].numpy()]
    pictures = [
        draw_outline(enlarge(picture, factor), mask)
        for row in rows
        for picture, mask in zip(row, large)
    ]
    middle = supports[:, supports.shape[1] // 2].permute(0, 2, 3, 1)
    pictures += [enlarge(one, factor) for one in middle.numpy()]
    return contact_sheet(pictures, len(shown))


def write_attention_page(
    path: str | Path,
    lines: Sequence[str],
    pictures: Sequence[tuple[Mapping[str, Any], np.ndarray]],
) -> None:
    """Write a page.

    Args:
        path: Of the page.
        lines: What was found.
        pictures: Of queries, with their `name` and the shares of attention
            `before`, `after` and `chance`.
    """
    page = Page('Attention before and after the fuser')
    for line in lines:
        page.add_text(line)
    page.add_text(
        'Attention of the slots in the segmenter, on the encoded query '
        '(before) and on the fused feature (after); slots count by their '
        'foreground probability. Rows: frames, before, after, supports; '
        'outlined: targets; before and after have one scale of colours.'
    )
    for row, picture in pictures:
        caption = (
            f'{row["name"]}: before {row["before"]:.3f}, after '
            f'{row["after"]:.3f}, even {row["chance"]:.3f}'
        )
        page.add_image(picture, caption)
    page.write(path)
