"""From kept candidates to a label file.

A mask without a track is an annotation with one non-null frame. What people
labelled in a file that is replaced stays as it is, and their frames get
nothing from a machine.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.labelling.candidates import CandidateTable
from mmselfshot.utils import UserError

LEAST_CLASS_SCORE = 0.01  # smaller class scores are not written
HUMAN = 'human'
BY_HUMAN = 'labelled by hand'  # reason to drop a candidate


def make_label_file(
    table: CandidateTable,
    human: LabelFile | None = None,
    info: Mapping[str, Any] | None = None,
) -> LabelFile:
    """Write kept candidates as annotations.

    Categories are the classes with ids from 1; annotation ids are 1, 2, ...
    in the order of the table, after those of people. `labelled_frames` are
    the frames with a kept mask: of a frame in which nothing was kept, nothing
    is known. Scores are rounded to 6 digits.

    Args:
        table: Filtered. Candidates in frames that people labelled are
            dropped with a reason.
        human: A file of the same videos; what is marked `human` in it stays.
        info: Goes into the file as `info`.

    Returns:
        The label file, not yet saved.

    Raises:
        UserError: If `human` has other categories or frames.
    """
    categories = [
        {'id': label, 'name': name}
        for label, name in enumerate(table.classes, 1)
    ]
    by_hand = collect_human(human, table) if human is not None else {}
    for video_id, (frames, _) in by_hand.items():
        in_frames = np.isin(table.frame_id, sorted(frames))
        table.drop((table.video_id == video_id) & in_frames, BY_HUMAN)
    annotations = [one for _, many in by_hand.values() for one in many]
    next_id = max([one['id'] for one in annotations], default=0) + 1
    labelled = {key: set(by_hand[key][0]) for key in by_hand}
    for row in np.flatnonzero(table.is_kept).tolist():
        annotation = make_annotation(table, row, next_id)
        annotations.append(annotation)
        frame = int(table.frame_id[row])
        labelled.setdefault(annotation['video_id'], set()).add(frame)
        next_id += 1
    videos = [
        {
            'id': int(video_id),
            'width': video['width'],
            'height': video['height'],
            'length': len(video['file_names']),
            'file_names': list(video['file_names']),
            'labelled_frames': sorted(labelled.get(video_id, ())),
        }
        for video_id, video in table.videos.items()
    ]
    other = {'info': dict(info or {})}
    return LabelFile(categories, videos, annotations, other)


def make_annotation(
    table: CandidateTable, row: int, annotation_id: int
) -> dict[str, Any]:
    """The annotation of one candidate, with one non-null frame."""
    video_id = int(table.video_id[row])
    video = table.videos[video_id]
    place, length = int(table.frame_id[row]), len(video['file_names'])

    def in_its_frame(value: Any) -> list:
        values = [None] * length
        values[place] = value
        return values

    left, top, right, bottom = table.box[row].tolist()
    rle = table.rles[row]
    score = round(float(table.score[row]), 6)
    return {
        'id': annotation_id,
        'video_id': video_id,
        'category_id': int(table.label[row]) + 1,
        'iscrowd': 0,
        'width': video['width'],
        'height': video['height'],
        'length': length,
        'segmentations': in_its_frame(
            {
                'size': [int(side) for side in rle['size']],
                'counts': rle['counts'].decode('ascii'),
            }
        ),
        'bboxes': in_its_frame([left, top, right - left, bottom - top]),
        'areas': in_its_frame(int(table.area[row])),
        'score': score,
        'source': table.source,
        'class_scores': {
            str(label + 1): round(float(value), 6)
            for label, value in enumerate(table.probs[row].tolist())
            if value >= LEAST_CLASS_SCORE
        },
        'frame_scores': in_its_frame(score),
        'frame_sources': in_its_frame(table.source),
    }


def is_by_hand(annotation: Mapping[str, Any], frame: int) -> bool:
    """Tell whether people drew the mask of an annotation in a frame."""
    sources = annotation.get('frame_sources')
    if sources is not None and sources[frame] is not None:
        return sources[frame] == HUMAN
    has_mask = annotation['segmentations'][frame] is not None
    return has_mask and annotation.get('source') == HUMAN


def collect_human(
    human: LabelFile, table: CandidateTable
) -> dict[int, tuple[set[int], list[dict]]]:
    """Take what people labelled out of a label file.

    A frame in `labelled_frames` without any mask is theirs, too: a machine
    labels no frame as empty.

    Returns:
        By video id the frames and the annotations, in which the masks of
        machines are null; only videos with such a frame.

    Raises:
        UserError: If the categories or the frames of a video are others.
    """
    found = {}
    for video_id, annotations in human.annotations.items():
        kept = []
        frames: set[int] = set()
        if human.videos[video_id].get('labelled_frames') is not None:
            frames = set(human.labelled_frames(video_id))
            frames -= set(human.frames_with_masks(video_id))
        for one in annotations:
            own = {
                frame
                for frame in range(len(one['segmentations']))
                if is_by_hand(one, frame)
            }
            if own:
                kept.append(_only_frames(one, own))
                frames |= own
        if frames:
            found[video_id] = (frames, kept)
    if found:
        _check_same(human, table, found)
    return found


def _only_frames(annotation: dict, frames: set[int]) -> dict:
    length = len(annotation['segmentations'])
    others = [frame for frame in range(length) if frame not in frames]
    kept = dict(annotation)
    for name in (
        *('segmentations', 'bboxes', 'areas'),
        *('frame_scores', 'frame_sources'),
    ):
        if kept.get(name) is not None:
            kept[name] = list(kept[name])
            for frame in others:
                kept[name][frame] = None
    return kept


def _check_same(
    human: LabelFile, table: CandidateTable, video_ids: Mapping[int, Any]
) -> None:
    names = {one['id']: one['name'] for one in human.categories}
    expected = dict(enumerate(table.classes, 1))
    if names != expected:
        raise UserError(
            f'{human.path} has labels by hand and the categories {names}; '
            f'expected {expected}; write the new labels to another file'
        )
    for video_id in video_ids:
        video = table.videos.get(video_id)
        names = human.videos[video_id]['file_names']
        if video is None or list(video['file_names']) != list(names):
            raise UserError(
                f'{human.path} has labels by hand in video {video_id}, which '
                'now has other frames; write the new labels to another file'
            )


def read_replaced(path: str | Path) -> LabelFile | None:
    """Read the label file that is about to be replaced.

    Returns:
        The file if people labelled something in it, else None.

    Raises:
        UserError: If it does not say who made its annotations: then it is
            no pseudo-label file and is not replaced.
    """
    path = Path(path)
    if not path.exists():
        return None
    labels = LabelFile.load(path)
    flat = [one for many in labels.annotations.values() for one in many]
    if any('source' not in one for one in flat):
        raise UserError(
            f'{path} is a label file without a source in its annotations, '
            'so it was not made here and is not overwritten; choose another '
            'place, or mark the annotations with source "human"'
        )
    by_hand = any(
        one['source'] == HUMAN or HUMAN in (one.get('frame_sources') or ())
        for one in flat
    )
    return labels if by_hand else None
