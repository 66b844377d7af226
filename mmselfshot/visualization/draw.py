"""Drawing on frames: masks with outlines, labels, legends, pictures in rows.

All pictures are (H, W, 3) uint8 RGB; every function returns a new one.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

Color = tuple[int, int, int]
BACKGROUND: Color = (24, 24, 28)
LEAST_SHORT_SIDE = 320  # pixels; smaller frames are enlarged to be legible


def enlargement(height: int, width: int) -> int:
    """Whole factor that makes a small frame legible; 1 for large ones."""
    return max(1, min(-(-LEAST_SHORT_SIDE // min(height, width)), 16))


def enlarge(picture: np.ndarray, factor: int) -> np.ndarray:
    """Repeat pixels, so that what the network saw can be seen."""
    if factor == 1:
        return picture
    return picture.repeat(factor, 0).repeat(factor, 1)


def text_height(height: int, width: int) -> int:
    """Size of letters that suits a picture, in pixels."""
    return max(12, min(32, round(min(height, width) / 24)))


def draw_masks(
    image: np.ndarray,
    masks: Sequence[np.ndarray],
    colors: Sequence[Color],
    alpha: float = 0.45,
) -> np.ndarray:
    """Tint masks and draw their outlines.

    Args:
        image: (H, W, 3) uint8 RGB.
        masks: N of (H, W) bool.
        colors: N colours, RGB.
        alpha: Share of the colour in a tinted pixel, in [0, 1].
    """
    picture = image.copy()
    for mask, color in zip(masks, colors):
        tint = np.array(color, dtype=np.float32) * alpha
        picture[mask] = (picture[mask] * (1 - alpha) + tint).astype(np.uint8)
    thickness = max(1, round(min(image.shape[:2]) / 240))
    for mask, color in zip(masks, colors):
        contours, _ = cv2.findContours(
            mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE
        )
        cv2.drawContours(picture, contours, -1, (255, 255, 255), thickness + 2)
        cv2.drawContours(picture, contours, -1, color, thickness)
    return picture


def draw_labels(
    image: np.ndarray,
    masks: Sequence[np.ndarray],
    texts: Sequence[str],
    colors: Sequence[Color],
) -> np.ndarray:
    """Write a text over each mask that has a pixel, without overlaps.

    Args:
        image: (H, W, 3) uint8 RGB.
        masks: N of (H, W) bool.
        texts: N texts.
        colors: N colours of the boxes, RGB.
    """
    from PIL import Image, ImageDraw

    height, width = image.shape[:2]
    size = text_height(height, width)
    picture = Image.fromarray(image)
    pen = ImageDraw.Draw(picture)
    placed: list[tuple[int, int, int, int]] = []
    for mask, text, color in zip(masks, texts, colors):
        if not mask.any():
            continue
        left = int(np.flatnonzero(mask.any(0))[0])
        rows = np.flatnonzero(mask.any(1))
        box = _free_place(
            (left, int(rows[0]), int(rows[-1])),
            _text_box(text, size),
            (height, width),
            placed,
        )
        placed.append(box)
        _write(pen, box, text, size, color)
    return np.array(picture)


def draw_legend(
    width: int,
    title: str,
    entries: Sequence[tuple[str, Color]],
    size: int,
    num_lines: int | None = None,
) -> np.ndarray:
    """A strip with a title and one coloured box per entry.

    Args:
        width: Of the strip, in pixels.
        title: Stands first; may be empty.
        entries: Texts and colours; what does not fit is counted.
        size: Height of letters, in pixels.
        num_lines: Lines of the strip; None for as many as needed, at most 4.

    Returns:
        (lines x line height, width, 3) uint8.
    """
    from PIL import Image, ImageDraw

    lines = _break_lines(width, title, entries, size)
    num_lines = num_lines or min(len(lines), 4)
    hidden = sum(len(line) for line in lines[num_lines:])
    step = size + 8
    picture = Image.new('RGB', (width, step * num_lines), BACKGROUND)
    pen = ImageDraw.Draw(picture)
    for row, line in enumerate(lines[:num_lines]):
        for x, text, color in line:
            box_w, box_h = _text_box(text, size)
            top = row * step + (step - box_h) // 2
            box = x, top, x + box_w, top + box_h
            _write(pen, box, text, size, color)
    if hidden:
        text = f'+{hidden} more'
        box_w, box_h = _text_box(text, size)
        top = (num_lines - 1) * step + (step - box_h) // 2
        box = width - box_w, top, width, top + box_h
        _write(pen, box, text, size, BACKGROUND)
    return np.array(picture)


def draw_border(image: np.ndarray, color: Color) -> np.ndarray:
    """Colour the outermost pixels, to mark a frame."""
    picture = image.copy()
    wide = max(2, min(image.shape[:2]) // 60)
    picture[:wide] = picture[-wide:] = color
    picture[:, :wide] = picture[:, -wide:] = color
    return picture


def side_by_side(pictures: Sequence[np.ndarray], gap: int = 6) -> np.ndarray:
    """Put pictures in one row, tops aligned."""
    height = max(len(picture) for picture in pictures)
    parts = []
    for picture in pictures:
        parts.append(pad_to(picture, height, picture.shape[1]))
        parts.append(np.full((height, gap, 3), BACKGROUND, dtype=np.uint8))
    return np.concatenate(parts[:-1], axis=1)


def contact_sheet(
    pictures: Sequence[np.ndarray], columns: int, gap: int = 6
) -> np.ndarray:
    """Put pictures in rows of `columns`."""
    height = max(len(picture) for picture in pictures)
    width = max(picture.shape[1] for picture in pictures)
    pictures = [pad_to(picture, height, width) for picture in pictures]
    rows = []
    for start in range(0, len(pictures), columns):
        row = side_by_side(pictures[start : start + columns], gap)
        full = width * columns + gap * (columns - 1)
        rows.append(pad_to(row, height + gap, full))
    return np.concatenate(rows)[:-gap]


def pad_to(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """Add background below and to the right."""
    padded = np.empty((height, width, 3), dtype=np.uint8)
    padded[:] = BACKGROUND
    padded[: picture.shape[0], : picture.shape[1]] = picture
    return padded


@lru_cache(maxsize=16)
def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _text_box(text: str, size: int) -> tuple[int, int]:
    """Width and height of a text with its box, in pixels."""
    return int(_font(size).getlength(text)) + size // 2 + 1, size + 4


def _write(
    pen: Any,
    box: tuple[int, int, int, int],
    text: str,
    size: int,
    color: Color,
) -> None:
    left, top, right, bottom = box
    pen.rectangle((left, top, right - 1, bottom - 1), fill=color)
    red, green, blue = color
    is_bright = 0.299 * red + 0.587 * green + 0.114 * blue > 140
    pen.text(
        (left + size // 4, (top + bottom) // 2),
        text,
        fill=(0, 0, 0) if is_bright else (255, 255, 255),
        font=_font(size),
        anchor='lm',
    )


def _free_place(
    mask_place: tuple[int, int, int],
    box_size: tuple[int, int],
    picture_size: tuple[int, int],
    placed: Sequence[tuple[int, int, int, int]],
) -> tuple[int, int, int, int]:
    """Find a box above, in, or below a mask that no other box touches.

    Args:
        mask_place: First column, first row, last row of the mask.
        box_size: Width and height of the box.
        picture_size: Height and width of the picture.
        placed: Boxes that are there already, xyxy.
    """
    left, top, bottom = mask_place
    box_w, box_h = box_size
    height, width = picture_size
    left = max(0, min(left, width - box_w))
    wishes = [top - box_h - 1, top + 2, bottom + 2]
    wishes += [top - k * (box_h + 1) for k in range(2, 6)]
    wishes += [top + k * (box_h + 1) for k in range(1, 6)]
    places = []
    for wish in wishes:
        y = max(0, min(wish, height - box_h))
        box = left, y, left + box_w, y + box_h
        if y == wish and not any(_touch(box, other) for other in placed):
            return box
        places.append(box)
    return places[0]


def _touch(
    one: tuple[int, int, int, int], other: tuple[int, int, int, int]
) -> bool:
    return (
        one[0] < other[2]
        and other[0] < one[2]
        and one[1] < other[3]
        and other[1] < one[3]
    )


def _break_lines(
    width: int, title: str, entries: Sequence[tuple[str, Color]], size: int
) -> list[list[tuple[int, str, Color]]]:
    """Place texts from left to right, line by line."""
    items = ([(title, BACKGROUND)] if title else []) + list(entries)
    lines: list[list[tuple[int, str, Color]]] = [[]]
    x = 0
    for text, color in items:
        box_w = _text_box(text, size)[0]
        if lines[-1] and x + box_w > width:
            lines.append([])
            x = 0
        lines[-1].append((x, text, color))
        x += box_w + size // 2
    return lines
