"""How often CLIP names a thing right, among given names.

Ours, no paper: the figures that a small CLIP's record states.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.labelling.clip_namer import CLIPNamer, spoken_names
from mmselfshot.labelling.proposals import Proposals
from mmselfshot.structures import decode_mask
from mmselfshot.utils import read_json


def accuracy_on_stills(
    namer: CLIPNamer, root: str | Path, split: str = 'val'
) -> tuple[float, int]:
    """Share of whole ToyVIS stills whose one kind is named.

    Args:
        namer: Its classes are the names to choose from; stills that show
            anything but exactly one of them are left out.
        root: A ToyVIS world.
        split: `train` or `val`.

    Returns:
        The share (0 without stills) and the number of stills.
    """
    table = read_json(Path(root) / 'stills' / f'{split}.json')
    kind = _spoken(table['categories'])
    shown: dict[int, list[str]] = {}
    for entry in table['annotations']:
        shown.setdefault(entry['image_id'], []).append(
            kind[entry['category_id']]
        )
    is_right = []
    for still in table['images']:
        kinds = shown[still['id']]
        if len(kinds) != 1 or kinds[0] not in namer.classes:
            continue
        path = Path(root) / 'stills' / split / still['file_name']
        picture = np.asarray(Image.open(path).convert('RGB'))
        whole = np.ones((1, *picture.shape[:2]), dtype=bool)
        names = namer.name(picture, Proposals.from_masks(whole, [1.0]))
        is_right.append(namer.classes[names.labels[0]] == kinds[0])
    return _share(is_right), len(is_right)


def accuracy_on_boxes(
    namer: CLIPNamer,
    ann_file: str | Path,
    folder: str | Path,
    min_visible: float = 0.0,
) -> tuple[float, int]:
    """Share of true objects that are named, looking at their true masks.

    Args:
        namer: Its classes hold the file's category names.
        ann_file: A label file of videos.
        folder: Where its frames lie.
        min_visible: Objects are left out of frames that show less than this
            share of their largest mask in the video.

    Returns:
        The share (0 without objects) and the number of objects, each counted
        in every frame that shows it.
    """
    labels = LabelFile.load(ann_file)
    kind = _spoken(labels.categories)
    is_right: list[bool] = []
    for video_id, video in labels.videos.items():
        size = video['height'], video['width']
        tracks = [
            (
                kind[entry['category_id']],
                [decode_mask(seg, *size) for seg in entry['segmentations']],
            )
            for entry in labels.annotations[video_id]
        ]
        for index, name in enumerate(video['file_names']):
            shown = [
                (kind_of, masks[index])
                for kind_of, masks in tracks
                if masks[index].any()
                and masks[index].sum()
                >= min_visible * max(mask.sum() for mask in masks)
            ]
            if shown:
                frame = np.asarray(Image.open(Path(folder) / name))
                kinds, masks = zip(*shown)
                is_right += _compare(namer, frame, np.stack(masks), kinds)
    return _share(is_right), len(is_right)


def _spoken(categories: list[dict]) -> dict[int, str]:
    names = spoken_names([entry['name'] for entry in categories])
    return {entry['id']: name for entry, name in zip(categories, names)}


def _compare(
    namer: CLIPNamer,
    frame: np.ndarray,
    masks: np.ndarray,
    kinds: Sequence[str],
) -> list[bool]:
    found = Proposals.from_masks(masks, np.ones(len(masks)))
    labels = namer.name(frame, found).labels
    return [namer.classes[k] == kind for k, kind in zip(labels, kinds)]


def _share(is_right: list[bool]) -> float:
    return sum(is_right) / max(len(is_right), 1)
