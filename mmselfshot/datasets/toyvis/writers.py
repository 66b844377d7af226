"""Files of a ToyVIS world: frames, YouTube-VIS entries, DAVIS layout."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mmselfshot.structures import encode_masks
from mmselfshot.utils import write_atomically

_INFO_FIELDS = {'license': 1, 'flickr_url': '', 'coco_url': ''}


def categories(kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    """Categories of a label file, ids from 1 in the order of the kinds."""
    return [
        {'id': number, 'name': kind, 'supercategory': 'object'}
        for number, kind in enumerate(kinds, 1)
    ]


def save_picture(path: Path, image: np.ndarray, quality: int) -> None:
    """Save a (H, W, 3) uint8 RGB picture as JPEG, whole or not at all."""
    with write_atomically(path) as beside:
        Image.fromarray(image).save(beside, 'JPEG', quality=quality)


def save_indexed(path: Path, owner: np.ndarray) -> None:
    """Save a (H, W) uint8 map, 0 = background, as a palette PNG."""
    image = Image.fromarray(owner)
    image.putpalette(davis_palette().ravel().tolist())
    with write_atomically(path) as beside:
        image.save(beside, 'PNG')


def davis_palette() -> np.ndarray:
    """DAVIS's colours (those of PASCAL VOC), (256, 3) uint8.

    Bit k of a channel's three index bits goes to bit 7 - k of the channel.
    """
    index = np.arange(256)
    palette = np.zeros((256, 3), int)
    for bit in range(8):
        for channel in range(3):
            palette[:, channel] |= (index >> channel & 1) << (7 - bit)
        index >>= 3
    return palette.astype(np.uint8)


def save_folder(folder: Path, frames: np.ndarray, quality: int) -> list[str]:
    """Save (T, H, W, 3) uint8 frames; the folder appears when whole.

    Returns:
        File names with the folder's name before them.
    """
    beside = folder.with_name(f'.{folder.name}.part')
    for leftover in (beside, folder):
        shutil.rmtree(leftover, ignore_errors=True)
    names = [f'{index:05d}.jpg' for index in range(len(frames))]
    for name, frame in zip(names, frames):
        save_picture(beside / name, frame, quality)
    beside.rename(folder)
    return [f'{folder.name}/{name}' for name in names]


def owner_map(masks: np.ndarray) -> np.ndarray:
    """(N, T, H, W) bool, disjoint, to (T, H, W) uint8 with 1 to N."""
    owner = np.zeros(masks.shape[1:], np.uint8)
    for number, mask in enumerate(masks, 1):
        owner[mask] = number
    return owner


def drop_slivers(masks: np.ndarray, min_pixels: int) -> np.ndarray:
    """Empty the masks, (N, T, H, W) bool, of fewer than some pixels."""
    kept = masks.sum((2, 3)) >= min_pixels
    return masks & kept[:, :, None, None]


def video_entry(
    number: int, file_names: list[str], height: int, width: int
) -> dict[str, Any]:
    """A video of an official YouTube-VIS label file."""
    return {
        'id': number,
        'width': width,
        'height': height,
        'length': len(file_names),
        'file_names': file_names,
        'date_captured': '',
        **_INFO_FIELDS,
    }


def annotation_entries(
    masks: np.ndarray, category_ids: list[int]
) -> list[dict[str, Any]]:
    """Annotations of one video, still without their ids.

    Args:
        masks: (N, T, H, W) bool; an empty mask becomes null.
        category_ids: N ids.

    Returns:
        N dicts with the official fields; boxes are (x, y, width, height).
    """
    entries = []
    for mask, category_id in zip(masks, category_ids):
        seen = mask.any((1, 2))
        entries.append(
            {
                'category_id': category_id,
                'width': mask.shape[2],
                'height': mask.shape[1],
                'length': len(mask),
                'segmentations': encode_masks(mask),
                'areas': [
                    int(frame.sum()) if there else None
                    for frame, there in zip(mask, seen)
                ],
                'bboxes': [
                    mask_box(frame) if there else None
                    for frame, there in zip(mask, seen)
                ],
                'iscrowd': 0,
            }
        )
    return entries


def mask_box(mask: np.ndarray) -> list[float]:
    """(x, y, width, height) of a (H, W) mask that is not empty."""
    columns = np.flatnonzero(mask.any(0))
    rows = np.flatnonzero(mask.any(1))
    x, y = int(columns[0]), int(rows[0])
    right, bottom = int(columns[-1]) + 1, int(rows[-1]) + 1
    return [float(x), float(y), float(right - x), float(bottom - y)]


def label_file(
    parts: list[dict[str, Any]], kinds: tuple[str, ...], description: str
) -> dict[str, Any]:
    """Put the parts of all videos together as official JSON.

    Args:
        parts: `{'video': ..., 'annotations': [...]}`, in order of the ids.
        kinds: Of the world.
        description: For the `info` field.
    """
    annotations = []
    for part in parts:
        for entry in part['annotations']:
            ids = {'id': len(annotations) + 1, 'video_id': part['video']['id']}
            annotations.append({**ids, **entry})
    return {
        'info': {'description': description, 'version': '1.0'},
        'licenses': [{'id': 1, 'name': 'CC0 1.0', 'url': ''}],
        'videos': [part['video'] for part in parts],
        'categories': categories(kinds),
        'annotations': annotations,
    }
