"""Every defect of a data set: labels, masks and frames."""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from mmselfshot.datasets.label_file import read_label_json
from mmselfshot.datasets.label_rules import Defect, find_label_defects
from mmselfshot.datasets.mask_reading import read_mask
from mmselfshot.datasets.transforms.loading import read_frame
from mmselfshot.utils import UserError


def check_data_set(
    ann_file: str | Path,
    image_root: str | Path,
    progress: Callable[[list], Iterable] = iter,
) -> Iterator[Defect]:
    """Read a data set whole and yield its defects.

    Args:
        ann_file: A label file.
        image_root: The folder that `file_names` start from.
        progress: Wraps the list of videos, to show how far it is.

    Raises:
        UserError: If the label file is missing or not complete JSON.
    """
    content = read_label_json(ann_file)
    yield from find_label_defects(content)
    if not isinstance(content, dict):
        return
    annotations: dict[Any, list[dict]] = {}
    for one in _dicts(content.get('annotations')):
        annotations.setdefault(str(one.get('video_id')), []).append(one)
    for video in progress(_dicts(content.get('videos'))):
        yield from _find_frame_defects(video, Path(image_root))
        for one in annotations.get(str(video.get('id')), ()):
            yield from _find_mask_defects(video, one)


def data_sets_of_config(config: Any) -> list[tuple[str, str]]:
    """The data sets that a config trains, validates and tests on.

    Args:
        config: An mmengine Config with `*_dataloader` entries.

    Returns:
        Pairs of label file and image folder, each once.

    Raises:
        UserError: If the config names no label file.
    """
    pairs = []
    for part in ('train', 'val', 'test'):
        dataset = (config.get(f'{part}_dataloader') or {}).get('dataset', {})
        if not dataset.get('ann_file'):
            continue
        root = dataset.get('data_root') or ''
        images = (dataset.get('data_prefix') or {}).get('img') or ''
        pair = (
            os.path.join(root, dataset['ann_file']),
            os.path.join(root, images),
        )
        if pair not in pairs:
            pairs.append(pair)
    if not pairs:
        raise UserError(
            'the config names no label file; expected ann_file in '
            'train_dataloader.dataset or its val and test fellows'
        )
    return pairs


def _dicts(entries: Any) -> list[dict]:
    if not isinstance(entries, list):
        return []
    return [entry for entry in entries if isinstance(entry, dict)]


def _find_frame_defects(video: dict, image_root: Path) -> Iterator[Defect]:
    names = video.get('file_names')
    expected = video.get('width'), video.get('height')
    for name in names if isinstance(names, list) else []:
        if not isinstance(name, str):
            continue
        path = image_root / name
        where = f'video {video.get("id")}, {path}'
        if not path.is_file():
            yield Defect('missing frame', where, 'no such file')
            continue
        try:
            height, width = read_frame(path).shape[:2]
        except UserError as error:
            yield Defect('unreadable frame', where, str(error))
            continue
        if None not in expected and (width, height) != expected:
            yield Defect(
                'frame size',
                where,
                f'{width}x{height}, its video '
                f'{expected[0]}x{expected[1]} (width x height)',
            )


def _find_mask_defects(video: dict, annotation: dict) -> Iterator[Defect]:
    height, width = video.get('height'), video.get('width')
    masks = annotation.get('segmentations')
    if not (
        isinstance(height, int)
        and isinstance(width, int)
        and isinstance(masks, list)
    ):
        return
    for frame, mask in enumerate(masks):
        where = (
            f'video {video.get("id")}, annotation {annotation.get("id")}, '
            f'frame {frame}'
        )
        if isinstance(mask, dict) and mask.get('size') != [height, width]:
            yield Defect(
                'mask size',
                where,
                f'{mask.get("size")}, its video {[height, width]} '
                '(height, width)',
            )
            continue
        try:
            read_mask(mask, height, width)
        except UserError as error:
            yield Defect('unreadable mask', where, str(error))
