"""How right pseudo labels are: precision and recall against true labels.

Ours: the papers judge pseudo labels by the AP of what is trained on them.
In each frame labels and objects are paired one to one, so that as many pairs
as possible have an IoU of at least 0.5 and, among these, the sum of IoU is
largest (Hungarian). Class-aware pairs also have the same class name, so a
label on an object outside the vocabulary is wrong. Tracks take no part: a
label and an object are masks of single frames. Crowds are left out.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.structures import Tracks
from mmselfshot.structures.track_iou import frame_intersections, frame_ious
from mmselfshot.utils import UserError

MATCH_IOU = 0.5


def label_quality(
    labels: LabelFile,
    truth: LabelFile,
    frames: Mapping[int, Sequence[int]] | None = None,
    match_iou: float = MATCH_IOU,
) -> dict[str, Any]:
    """Compare pseudo labels with the true ones of the same frames.

    Videos are paired by the names of their frames, classes by their names.

    Args:
        labels: Pseudo labels.
        truth: True labels; videos of it that `labels` does not list take no
            part.
        frames: By video id of `labels`, the frames that were looked at:
            objects in other frames are not missed. None means all frames.
            Frames without true labels take no part either.
        match_iou: Pairs below it are none.

    Returns:
        `precision` and `recall` (class-aware), `agnostic_precision` and
        `agnostic_recall`, all in [0, 1], -1 where there is nothing to count;
        `num_labels`, `num_objects`, `num_matched`, `num_agnostic` and
        `num_frames`; `classes`, by name a dict of `precision`, `recall`,
        `num_labels`, `num_objects`, `num_matched`; and `videos`, by id in
        `labels` a dict of the five counts.

    Raises:
        UserError: If a video of `labels` is not in `truth`, or a mask does
            not fit its video.
    """
    by_first_frame = {
        video['file_names'][0]: video_id
        for video_id, video in truth.videos.items()
    }
    names = {one['id']: one['name'] for one in labels.categories}
    true_names = {one['id']: one['name'] for one in truth.categories}
    classes = sorted({*names.values(), *true_names.values()})
    place = {name: index for index, name in enumerate(classes)}
    # per class: labels, objects, matched
    counts = np.zeros((len(classes), 3), dtype=int)
    videos = {}
    for video_id, video in labels.videos.items():
        true_id = by_first_frame.get(video['file_names'][0])
        if true_id is None:
            raise UserError(
                f'{truth.path or "the true labels"} has no video that begins '
                f'with {video["file_names"][0]}; compare label files of the '
                'same frames'
            )
        used = set(truth.labelled_frames(true_id))
        if frames is not None:
            used &= set(frames.get(video_id, ()))
        pair = _FramePairs(
            video,
            labels.annotations[video_id],
            [a for a in truth.annotations[true_id] if not a.get('iscrowd')],
            sorted(used),
        )
        own = np.array(
            [place[names[a['category_id']]] for a in pair.labels], dtype=int
        )
        true = np.array(
            [place[true_names[a['category_id']]] for a in pair.objects],
            dtype=int,
        )
        is_same = own[:, None] == true[None]
        matched = pair.count_pairs(match_iou, is_same)
        np.add.at(counts[:, 0], own, pair.num_masks)
        np.add.at(counts[:, 1], true, pair.num_true_masks)
        np.add.at(counts[:, 2], own, matched)
        videos[video_id] = {
            'num_labels': int(pair.num_masks.sum()),
            'num_objects': int(pair.num_true_masks.sum()),
            'num_matched': int(matched.sum()),
            'num_agnostic': int(pair.count_pairs(match_iou).sum()),
            'num_frames': len(used),
        }
    return summarize_quality(videos) | {
        'classes': {
            name: {
                'precision': _ratio(counts[n, 2], counts[n, 0]),
                'recall': _ratio(counts[n, 2], counts[n, 1]),
                'num_labels': int(counts[n, 0]),
                'num_objects': int(counts[n, 1]),
                'num_matched': int(counts[n, 2]),
            }
            for name, n in place.items()
        },
        'videos': videos,
    }


def summarize_quality(
    videos: Mapping[Any, Mapping[str, int]],
) -> dict[str, Any]:
    """Precision and recall of all videos from their counts."""
    total = {
        key: sum(one[key] for one in videos.values())
        for key in (
            *('num_labels', 'num_objects', 'num_matched'),
            *('num_agnostic', 'num_frames'),
        )
    }
    return {
        'precision': _ratio(total['num_matched'], total['num_labels']),
        'recall': _ratio(total['num_matched'], total['num_objects']),
        'agnostic_precision': _ratio(
            total['num_agnostic'], total['num_labels']
        ),
        'agnostic_recall': _ratio(total['num_agnostic'], total['num_objects']),
        **total,
    }


class _FramePairs:
    """The labels and objects of one video, with their IoU in each frame."""

    def __init__(
        self,
        video: Mapping[str, Any],
        labels: Sequence[Mapping[str, Any]],
        objects: Sequence[Mapping[str, Any]],
        frames: Sequence[int],
    ) -> None:
        self.labels, self.objects = labels, objects
        both = [
            Tracks(
                [one['segmentations'] for one in group],
                video['height'],
                video['width'],
                [
                    f'{what} {one.get("id")} of video {video["id"]}'
                    for one in group
                ],
                len(video['file_names']),
                frames,
            )
            for what, group in (('label', labels), ('object', objects))
        ]
        shared = frame_intersections(*both)
        self.ious = frame_ious(shared, both[0].areas, both[1].areas)
        self.num_masks = (both[0].areas > 0).sum(1)
        self.num_true_masks = (both[1].areas > 0).sum(1)

    def count_pairs(
        self, match_iou: float, is_allowed: np.ndarray | None = None
    ) -> np.ndarray:
        """(N,) int, in how many frames each label has an object.

        Args:
            match_iou: Least IoU of a pair.
            is_allowed: (N, G) bool, which pairs may be; None allows all.
        """
        counts = np.zeros(len(self.labels), dtype=int)
        for ious in self.ious:
            fits = ious >= match_iou
            if is_allowed is not None:
                fits = fits & is_allowed
            rows, columns = np.flatnonzero(fits.any(1)), fits.any(0)
            # a pair more outweighs any sum of IoU
            gain = np.where(fits, len(ious) + ious, 0.0)[rows][:, columns]
            chosen, partners = linear_sum_assignment(gain, maximize=True)
            counts[rows[chosen[gain[chosen, partners] > 0]]] += 1
        return counts


def _ratio(count: float, total: float) -> float:
    return float(count / total) if total else -1.0
