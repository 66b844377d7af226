"""Old and new pseudo labels of the same frames in one label file.

Source: CutLER (CVPR 2023), Sec. 3.4: in a round of self-training an old mask
stays only where the detector found none like it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.labelling.label_writer import is_by_hand
from mmselfshot.structures import to_compressed
from mmselfshot.utils import UserError

_PER_FRAME = (
    *('segmentations', 'bboxes', 'areas'),
    *('frame_scores', 'frame_sources'),
)


def find_unmatched(
    old: Sequence[dict], new: Sequence[dict], iou_thr: float = 0.5
) -> np.ndarray:
    """Tell which old masks are like none of the new ones.

    Args:
        old: N masks of one frame, as pycocotools takes them.
        new: M masks of the same frame.
        iou_thr: From this IoU on two masks are alike.

    Returns:
        (N,) bool.
    """
    if not len(old) or not len(new):
        return np.ones(len(old), dtype=bool)
    crowd = [0] * len(new)
    overlaps = coco_mask.iou(list(old), list(new), crowd)
    return overlaps.max(axis=1) < iou_thr


def fuse_labels(
    old: LabelFile,
    new: LabelFile,
    iou_thr: float = 0.5,
    score_thr: float = 0.0,
) -> LabelFile:
    """Keep all new masks, and the old ones that are like none of them.

    What people labelled stays, and their frames get no new mask.

    Args:
        old: Labels so far.
        new: Labels of the same videos and categories, by id.
        iou_thr: An old mask is kept below this IoU with every new one.
        score_thr: New masks with a smaller score are not looked at.

    Returns:
        The old file's videos, their old annotations, then their new ones
        with ids that go on from the old ones.

    Raises:
        UserError: If the files are not of the same videos and categories,
            or a new mask has no score and one is asked for.
    """
    _check_same(old, new)
    next_id = max(
        (one['id'] for many in old.annotations.values() for one in many),
        default=0,
    )
    videos, annotations = [], []
    for video_id, video in old.videos.items():
        before = [dict(one) for one in old.annotations[video_id]]
        after = [dict(one) for one in new.annotations.get(video_id, [])]
        for frame in range(len(video['file_names'])):
            _fuse_frame(video, before, after, frame, iou_thr, score_thr)
        annotations += filter(_has_mask, before)
        for one in filter(_has_mask, after):
            next_id += 1
            annotations.append({**one, 'id': next_id})
        videos.append(_with_frames_of(video, after))
    return LabelFile(old.categories, videos, annotations)


def _fuse_frame(
    video: dict,
    before: list[dict],
    after: list[dict],
    frame: int,
    iou_thr: float,
    score_thr: float,
) -> None:
    """Take masks of one frame out of the two lists of annotations."""
    before = [one for one in before if one['segmentations'][frame]]
    after = [one for one in after if one['segmentations'][frame]]
    machine = [one for one in before if not is_by_hand(one, frame)]
    if len(machine) < len(before):
        _clear(after, frame)
        return
    weak = [
        one
        for one in after
        if score_thr > 0 and _score(one, frame) < score_thr
    ]
    _clear(weak, frame)
    after = [one for one in after if one['segmentations'][frame]]
    size = video['height'], video['width']
    old, new = (
        [to_compressed(one['segmentations'][frame], *size) for one in many]
        for many in (machine, after)
    )
    unmatched = find_unmatched(old, new, iou_thr)
    _clear(
        [one for one, is_new in zip(machine, unmatched) if not is_new], frame
    )


def _score(annotation: dict, frame: int) -> float:
    scores = annotation.get('frame_scores')
    score = scores[frame] if scores else None
    score = annotation.get('score') if score is None else score
    if score is None:
        raise UserError(
            f'annotation {annotation["id"]} of the new labels has no score; '
            'make them with tools/label.py, or set score_thr=0'
        )
    return score


def _clear(annotations: list[dict], frame: int) -> None:
    for one in annotations:
        for name in _PER_FRAME:
            if one.get(name) is not None:
                one[name] = list(one[name])
                one[name][frame] = None


def _has_mask(annotation: dict) -> bool:
    return any(mask is not None for mask in annotation['segmentations'])


def _with_frames_of(video: dict, new: list[dict]) -> dict:
    """The video entry, labelled also where there are new masks."""
    if video.get('labelled_frames') is None:
        return video
    labelled = set(video['labelled_frames'])
    for one in new:
        masks = one['segmentations']
        labelled |= {frame for frame, mask in enumerate(masks) if mask}
    return {**video, 'labelled_frames': sorted(labelled)}


def _check_same(old: LabelFile, new: LabelFile) -> None:
    names = [
        {one['id']: one['name'] for one in labels.categories}
        for labels in (old, new)
    ]
    if names[0] != names[1]:
        raise UserError(
            f'the new labels have the categories {names[1]}, the old ones '
            f'{names[0]}; expected the same'
        )
    for video_id, video in new.videos.items():
        own: Any = old.videos.get(video_id, {}).get('file_names')
        if own != video['file_names']:
            raise UserError(
                f'video {video_id} of the new labels has other frames than '
                'that of the old ones; make them from the same label file '
                '(tools/label.py CONFIG OLD.json --images FRAMES)'
            )


def fuse_files(
    old: str | Path,
    new: str | Path,
    out: str | Path,
    iou_thr: float = 0.5,
    score_thr: float = 0.0,
) -> tuple[int, int, int]:
    """Fuse two label files into a third, see `fuse_labels`.

    Returns:
        Masks of the old file, of the new one, and of the written one.
    """
    before, found = LabelFile.load(old), LabelFile.load(new)
    fused = fuse_labels(before, found, iou_thr, score_thr)
    fused.save(out)
    return _count_masks(before), _count_masks(found), _count_masks(fused)


def _count_masks(labels: LabelFile) -> int:
    return sum(
        mask is not None
        for many in labels.annotations.values()
        for one in many
        for mask in one['segmentations']
    )
