"""Videos with instance masks, read from one label file.

Ours, where mmdet's video data sets do otherwise: the official JSON is read
as it is; unlabelled frames and videos are kept and marked; labels follow the
class names, never the order of the file.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.dataset import BaseDataset
from mmengine.fileio import join_path
from mmengine.logging import print_log

from mmselfshot.datasets.class_names import (
    match_categories,
    resolve_class_names,
)
from mmselfshot.datasets.frame_choice import choose_frames
from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.datasets.randomness import SampleIndex, isolated_randomness
from mmselfshot.datasets.sparse_frames import spread_frames
from mmselfshot.datasets.video_records import (
    SampleOutline,
    collect_frames,
    outline_of,
    split_into_windows,
)
from mmselfshot.registry import DATASETS, TRANSFORMS
from mmselfshot.utils import UserError


@DATASETS.register_module()
class VideoInstanceDataset(BaseDataset):
    """Clips for training, whole videos in windows for test.

    In training one index is one video, of which `num_frames` frames are
    drawn. In test one index is a window of consecutive frames; the windows
    of a video follow each other. Drawn by a `SampleIndex`, a sample depends
    on its seed, position and index alone; by a plain index, on the global
    random states.

    The pipeline gets a dict of lists with one entry per frame: `img_path`,
    `frame_id` (from 0), `video_id`, `video_length`, `height` and `width` (of
    the label file, in pixels), `is_labelled` and `instances` (a list of
    dicts `annotation_id`, `label`, `segmentation`; empty where unlabelled).

    Args:
        ann_file: A label file, official YouTube-VIS JSON.
        classes: `ytvis19`, `ytvis21`, `ovis`, a list of names, or None for
            the file's categories by ascending id.
        num_frames: Frames of a training clip.
        frame_range: Greatest distance to the first drawn frame of a clip, in
            frames; None for the whole video.
        frames: `labelled` draws training frames among the labelled ones and
            leaves out videos without any; `any` draws among all.
        labelled: Which frames are labelled: `file` (its `labelled_frames`),
            `with_masks` (frames with a mask; for sparse files without that
            field), a share in (0, 1] (MinVIS's choice, see `spread_frames`),
            or a dict of indices by video id, where a video that is not named
            has none.
        window: Frames of a test sample.
        data_prefix: `img` is the folder that `file_names` start from.
        kwargs: See `mmengine.dataset.BaseDataset`; `indices` choose videos.

    Raises:
        UserError: If the label file is missing or has a defect, lacks a
            class, or no video is left to train on.
    """

    def __init__(
        self,
        ann_file: str,
        classes: str | Sequence[str] | None = None,
        num_frames: int = 1,
        frame_range: int | None = None,
        frames: str = 'labelled',
        labelled: str | float | Mapping[int | str, Sequence[int]] = 'file',
        window: int = 1,
        data_prefix: Mapping[str, str] | None = None,
        pipeline: Sequence[Any] = (),
        metainfo: Mapping | None = None,
        **kwargs,
    ) -> None:
        if frames not in ('labelled', 'any'):
            raise UserError(f"frames={frames!r}; expected 'labelled' or 'any'")
        if isinstance(labelled, str) and labelled not in (
            'file',
            'with_masks',
        ):
            raise UserError(
                f"labelled={labelled!r}; expected 'file', 'with_masks', a "
                'share or a dict of frame indices by video id'
            )
        for name, value in (('num_frames', num_frames), ('window', window)):
            if value < 1:
                raise UserError(f'{name}={value}; expected 1 or more')
        if classes is None and metainfo is not None:
            classes = metainfo.get('classes')
        self.classes = resolve_class_names(classes)
        self.num_frames = num_frames
        self.frame_range = frame_range
        self.frames = frames
        self.labelled = labelled
        self.window = window
        self._outline: list[SampleOutline] | None = None
        super().__init__(
            ann_file=ann_file,
            metainfo=metainfo,
            data_prefix=dict(data_prefix or {'img': ''}),
            pipeline=[
                TRANSFORMS.build(step) if isinstance(step, dict) else step
                for step in pipeline
            ],
            **kwargs,
        )

    def full_init(self) -> None:
        """Read the label file; `indices` choose videos, in test too."""
        if self._fully_initialized:
            return
        self.data_list = self.load_data_list()
        self.data_list = self.filter_data()
        if self._indices is not None:
            self.data_list = self._get_unserialized_subset(self._indices)
        if self.test_mode:
            self.data_list = [
                window
                for video in self.data_list
                for window in split_into_windows(video, self.window)
            ]
        self._outline = [outline_of(sample) for sample in self.data_list]
        if self.serialize_data:
            self.data_bytes, self.data_address = self._serialize_data()
        self._fully_initialized = True

    def load_data_list(self) -> list[dict]:
        """One record per video, in the order of the file."""
        labels = LabelFile.load(self.ann_file)
        names, cat_ids = match_categories(
            labels.categories, self.classes, str(self.ann_file)
        )
        self._metainfo.update(
            classes=names,
            cat_ids=cat_ids,
            palette=self._metainfo.get('palette') or _make_palette(len(names)),
        )
        label_of = {cat_id: label for label, cat_id in enumerate(cat_ids)}
        self._report_left_out(labels, label_of)
        return [
            self._make_record(labels, video_id, label_of)
            for video_id in labels.videos
        ]

    def filter_data(self) -> list[dict]:
        """In training, leave out videos of which no frame can be drawn."""
        if self.test_mode or self.frames == 'any':
            return self.data_list
        kept = [video for video in self.data_list if video['labelled']]
        skipped = len(self.data_list) - len(kept)
        if skipped:
            print_log(
                f'{skipped} of {len(self.data_list)} videos of '
                f'{self.ann_file} have no labelled frame and are not '
                "trained on (frames='any' draws them too)",
                logger='current',
            )
        if not kept:
            raise UserError(
                f'{self.ann_file} has no video with a labelled frame; '
                "label some frames or set frames='any'"
            )
        return kept

    def prepare_data(self, idx: int) -> Any:
        """Choose the frames of a sample and run the pipeline."""
        video = self.get_data_info(idx)
        if self.test_mode:
            indices = range(len(video['file_names']))
        else:
            every = range(len(video['file_names']))
            indices = choose_frames(
                video['labelled'] if self.frames == 'labelled' else every,
                self.num_frames,
                self.frame_range,
            )
        return self.pipeline(collect_frames(video, indices))

    def __getitem__(self, idx: int) -> Any:
        if self.test_mode or not isinstance(idx, SampleIndex):
            return super().__getitem__(idx)
        with isolated_randomness(idx.seed_tuple):
            return super().__getitem__(idx)

    def get_cat_ids(self, idx: int) -> list[int]:
        """Labels in the video of an index, for class-balanced wrappers."""
        annotations = self.get_data_info(idx)['annotations']
        return sorted({one['label'] for one in annotations})

    def get_subset_(self, indices: int | Sequence[int]) -> None:
        """Keep some indices (in test: windows), see `BaseDataset`."""
        super().get_subset_(indices)
        self._outline = None

    def get_subset(
        self, indices: int | Sequence[int]
    ) -> 'VideoInstanceDataset':
        """A data set with some indices (in test: windows) of this one."""
        subset = super().get_subset(indices)
        subset._outline = None
        return subset

    @property
    def outline(self) -> list[SampleOutline]:
        """One entry per index, made without reading a frame."""
        if not self._fully_initialized:
            self.full_init()
        if self._outline is None:
            self._outline = [
                outline_of(self.get_data_info(index))
                for index in range(len(self))
            ]
        return self._outline

    def _make_record(
        self, labels: LabelFile, video_id: int, label_of: dict[int, int]
    ) -> dict:
        video = labels.videos[video_id]
        prefix = self.data_prefix.get('img') or ''
        return {
            'video_id': video_id,
            'video_length': len(video['file_names']),
            'start': 0,
            'width': video['width'],
            'height': video['height'],
            'file_names': [
                join_path(prefix, name) if prefix else name
                for name in video['file_names']
            ],
            'labelled': self._find_labelled(labels, video_id),
            'annotations': [
                {
                    'id': one['id'],
                    'label': label_of[one['category_id']],
                    'segmentations': one['segmentations'],
                }
                for one in labels.annotations[video_id]
                if one['category_id'] in label_of and not one.get('iscrowd')
            ],
        }

    def _find_labelled(self, labels: LabelFile, video_id: int) -> list[int]:
        if self.labelled == 'file':
            return labels.labelled_frames(video_id)
        if self.labelled == 'with_masks':
            return labels.frames_with_masks(video_id)
        length = len(labels.videos[video_id]['file_names'])
        if isinstance(self.labelled, int | float):
            return spread_frames(length, self.labelled)
        chosen = self.labelled.get(
            video_id, self.labelled.get(str(video_id), ())
        )
        outside = [index for index in chosen if not 0 <= index < length]
        if outside:
            raise UserError(
                f'labelled names frames {outside} of video {video_id} in '
                f'{self.ann_file}; it has frames 0 to {length - 1}'
            )
        return sorted(set(chosen))

    def _report_left_out(
        self, labels: LabelFile, label_of: dict[int, int]
    ) -> None:
        flat = [one for many in labels.annotations.values() for one in many]
        crowds = sum(bool(one.get('iscrowd')) for one in flat)
        others = sum(one['category_id'] not in label_of for one in flat)
        for count, what in (
            (crowds, 'crowds'),
            (others, 'of other categories'),
        ):
            if count:
                print_log(
                    f'{count} of {len(flat)} annotations of {self.ann_file} '
                    f'are {what} and are left out',
                    logger='current',
                    level=logging.INFO,
                )


def _make_palette(num_classes: int) -> list[list[int]]:
    from mmdet.visualization.palette import get_palette

    colours = get_palette('random', num_classes)
    return [[int(value) for value in colour] for colour in colours]
