"""The one label file: official YouTube-VIS JSON plus optional fields.

Read as they are: YouTube-VIS 2019/2021/2022, OVIS, LV-VIS and files of the
same form. Fields that no other tool needs, all optional:
    video: `labelled_frames` (indices of frames; absent = all);
    annotation: `score`, `source`, `class_scores` ({category id: p}), and one
    value or null per frame in `frame_scores`, `frame_sources`.
Unknown fields and the order of the entries are kept when a file is saved.
"""

from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from mmselfshot.datasets.label_rules import find_label_defects
from mmselfshot.utils import UserError, read_json, write_json


class LabelFile:
    """Videos, categories and annotations of one file.

    Attributes:
        path: Where it was read from, or None.
        categories: Category dicts in the order of the file.
        videos: Video dicts by id, in the order of the file.
        annotations: For each video id its annotation dicts, an empty list
            where there are none.
        has_annotations: False if the file said `annotations: null` or did
            not have the field (official val and test files).
    """

    def __init__(
        self,
        categories: list[dict],
        videos: Iterable[dict],
        annotations: Iterable[dict] | None = None,
        other: dict[str, Any] | None = None,
        path: Path | None = None,
    ) -> None:
        self.path = path
        self.categories = list(categories)
        self.videos = {video['id']: video for video in videos}
        self.annotations = {video_id: [] for video_id in self.videos}
        self.has_annotations = annotations is not None
        self._content = dict(other or {})
        self._rank = {}
        for annotation in annotations or []:
            self._rank.setdefault(annotation['id'], len(self._rank))
            self.annotations[annotation['video_id']].append(annotation)

    @classmethod
    def load(cls, path: str | Path, check: bool = True) -> 'LabelFile':
        """Read a label file.

        Args:
            path: A JSON file.
            check: Refuse a file with a defect; without it only what makes
                reading impossible is an error.

        Raises:
            UserError: If the file is missing, cut, or has a defect; the
                first one is named and the others are counted.
        """
        path = Path(path)
        content = read_label_json(path)
        if check:
            defects = list(find_label_defects(content))
            if defects:
                others = len(defects) - 1
                more = f' (and {others} more)' if others else ''
                raise UserError(
                    f'{path} has {defects[0]}{more}; list all with '
                    f'tools/dataset_tools/check_dataset.py {path}'
                )
        try:
            # the places of the three lists keep their order when saved
            lists = ('categories', 'videos', 'annotations')
            other = {
                key: None if key in lists else value
                for key, value in content.items()
            }
            return cls(
                content['categories'],
                content['videos'],
                content.get('annotations'),
                other,
                path,
            )
        except (AttributeError, KeyError, TypeError) as error:
            raise UserError(
                f'{path} is not a YouTube-VIS label file ({error!r}); list '
                f'its defects with tools/dataset_tools/check_dataset.py {path}'
            ) from None

    def save(self, path: str | Path) -> None:
        """Write the file, whole or not at all."""
        flat = [one for many in self.annotations.values() for one in many]
        last = len(self._rank)
        flat.sort(key=lambda one: self._rank.get(one['id'], last))
        content = dict(self._content)
        content['videos'] = list(self.videos.values())
        content['categories'] = self.categories
        if flat or self.has_annotations:
            content['annotations'] = flat
        write_json(path, content)

    def subset(self, video_ids: Iterable[int]) -> 'LabelFile':
        """The same file with some of its videos, in the file's order.

        The entries are shared, not copied.
        """
        kept = set(video_ids)
        annotations = None
        if self.has_annotations:
            annotations = [
                one
                for video_id, many in self.annotations.items()
                for one in many
                if video_id in kept
            ]
            annotations.sort(key=lambda one: self._rank.get(one['id'], -1))
        return LabelFile(
            self.categories,
            [video for key, video in self.videos.items() if key in kept],
            annotations,
            self._content,
        )

    def labelled_frames(self, video_id: int) -> list[int]:
        """Indices of the labelled frames, ascending; all without the field.

        A labelled frame in which an object has no mask does not show it; of
        any other frame nothing is known.
        """
        video = self.videos[video_id]
        labelled = video.get('labelled_frames')
        if labelled is None:
            return list(range(len(video['file_names'])))
        return sorted(set(labelled))

    def frames_with_masks(self, video_id: int) -> list[int]:
        """Indices of the frames in which some object has a mask."""
        frames = set()
        for annotation in self.annotations[video_id]:
            for index, mask in enumerate(annotation['segmentations']):
                if mask is not None:
                    frames.add(index)
        return sorted(frames)


def name_of(video: dict[str, Any]) -> str:
    """The name of a video in files of pairs.

    Its `name`, a field of some label files; else its folder of frames.
    """
    name = video.get('name')
    return name or str(PurePosixPath(video['file_names'][0]).parent)


def read_label_json(path: str | Path) -> Any:
    """Read a label file without looking at what it says.

    Raises:
        UserError: If it is missing (saying what may make it) or cut.
    """
    path = Path(path)
    if path.exists():
        return read_json(path)
    made_by = ''
    for part in ('_train', '_heldout'):
        if path.stem.endswith(part):
            whole = path.with_name(path.stem.removesuffix(part) + path.suffix)
            made_by = (
                f' (tools/dataset_tools/split_videos.py {whole} makes it)'
            )
    raise UserError(
        f'no label file {path}{made_by}; put it there, or set data_root and '
        'ann_file of the data set (MMSELFSHOT_DATA names the folder of all '
        'data)'
    )
