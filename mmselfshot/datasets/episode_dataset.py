"""Episodes: a query video and supports that show the same kind.

Source: Self-Shot VIS (ECCV 2022), Sec. 3 and 5: in training supports share
a class with the query, at test pairs are fixed.
Shapes: G targets, T query frames, K supports, S support frames, H W pixels.
"""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.dataset import BaseDataset
from mmengine.fileio import join_path
from mmengine.utils import is_abs

from mmselfshot.datasets.benchmark_splits import SPLITS, BenchmarkSplit
from mmselfshot.datasets.clip_pool import read_pool
from mmselfshot.datasets.episode_form import EpisodeForm
from mmselfshot.datasets.episode_queries import (
    fill_supports,
    keep_labelled,
    keep_supported,
    queries_of_pairs,
    queries_of_part,
    report_lonely,
    report_unscored,
)
from mmselfshot.datasets.episode_records import frames_of_videos
from mmselfshot.datasets.episode_targets import read_class_split
from mmselfshot.datasets.episode_truth import truth_of
from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.datasets.randomness import SampleIndex, isolated_randomness
from mmselfshot.datasets.support_pairs import SupportPair, read_support_pairs
from mmselfshot.datasets.support_reader import SupportReader
from mmselfshot.datasets.training_supports import TrainingSupports
from mmselfshot.datasets.transforms.episodes import ResizeEpisode
from mmselfshot.datasets.video_records import SampleOutline, outline_of
from mmselfshot.registry import DATASETS, TRANSFORMS
from mmselfshot.utils import UserError


@DATASETS.register_module()
class EpisodeDataset(BaseDataset):
    """One sample is a query with its supports, see `PackEpisode`.

    In training a query is cut at random and its supports are drawn among the
    other videos, see `TrainingSupports`; drawn by a `SampleIndex`, a sample
    depends on its seed, position and index alone. In test a sample is the
    same every time.

    Where a video says which of its frames are labelled, a query of training
    is cut from these alone; a test predicts all frames of its cut and the
    truth says which of them count.

    Args:
        ann_file: A label file, official YouTube-VIS JSON.
        num_frames: T.
        support_frames: S, taken uniformly.
        num_supports: K of training, and of parts of the query.
        split: Seen and unseen classes: a name of `SPLITS` or the split.json
            of a ToyVIS world; None: any class may be trained on.
        part: `train` or `test`, the latter of a test alone; None: that of
            the mode.
        target_classes: Names of classes that may be targets; None: all of
            the part. Not with `pairs`, which say what the targets are.
        has_mixed_videos: See `find_targets`.
        pairs: A file of queries and names of their supports, whoever chose
            them, see `read_support_pairs`. Needed in test, but for parts of
            the query and `max_supports=0`. In training each query takes the
            first K of its supports; fewer come again.
        max_supports: In test, keep the first so many supports of each query.
        pool: A folder of clips or a list file, where supports lie that are
            no videos of the label file.
        protocol: `paper` cuts a query of test to T frames, its truth too;
            `full` keeps all frames.
        cut_seed: Of the cut in test; None cuts in the middle.
        support_mode: See `read_episode_supports`.
        non_targets: What instances of test classes are in training, and
            crowds: `background`, or `ignored` by the mask losses.
        needs_masks: Whether masks are read; None: in training.
        data_prefix: `img` is the folder that `file_names` start from.
        kwargs: See `mmengine.dataset.BaseDataset`.

    Raises:
        UserError: If a file or value does not fit, a test class would be a
            target of training, or nothing is left.
    """

    def __init__(
        self,
        ann_file: str,
        num_frames: int = 32,
        support_frames: int = 24,
        num_supports: int = 1,
        split: str | None = None,
        part: str | None = None,
        target_classes: Sequence[str] | None = None,
        has_mixed_videos: bool = False,
        pairs: str | None = None,
        max_supports: int | None = None,
        pool: str | None = None,
        protocol: str = 'paper',
        cut_seed: int | None = None,
        support_mode: str = 'video',
        non_targets: str = 'background',
        needs_masks: bool | None = None,
        data_prefix: Mapping[str, str] | None = None,
        pipeline: Sequence[Any] = (),
        test_mode: bool = False,
        **kwargs,
    ) -> None:
        self.form = EpisodeForm(
            num_frames,
            support_frames,
            num_supports,
            protocol,
            cut_seed,
            support_mode,
            non_targets,
            not test_mode if needs_masks is None else needs_masks,
            test_mode,
        )
        if max_supports is not None and max_supports < 0:
            raise UserError(
                f'max_supports={max_supports}; expected 0 or more, or None '
                'for all'
            )
        if part == 'test' and not test_mode:
            raise UserError(
                "part='test' in training: its classes must not be trained "
                "on; set part='train', or test_mode=True for a test"
            )
        if target_classes is not None and pairs is not None:
            raise UserError(
                f'target_classes={list(target_classes)} and pairs={pairs!r}; '
                'the file of pairs says what is segmented, leave one out'
            )
        self.split = split
        self.part = part or ('test' if test_mode else 'train')
        self.target_classes = target_classes
        self.has_mixed_videos = has_mixed_videos
        self.pairs = pairs
        self.max_supports = max_supports
        self.pool = pool
        super().__init__(
            ann_file=ann_file,
            data_prefix=dict(data_prefix or {'img': ''}),
            pipeline=[
                TRANSFORMS.build(step) if isinstance(step, dict) else step
                for step in pipeline
            ],
            test_mode=test_mode,
            **kwargs,
        )
        first = next(iter(self.pipeline.transforms), None)
        is_resize = isinstance(first, ResizeEpisode)
        self._resize = first.resize_clip if is_resize else None

    def read_labels(self) -> LabelFile:
        """The label file; a subclass may read another form."""
        return LabelFile.load(self.ann_file)

    def load_data_list(self) -> list[dict]:
        """One record per query, see `episode_records`."""
        labels = self.read_labels()
        categories = sorted(labels.categories, key=lambda one: one['id'])
        self._metainfo.update(
            classes=tuple(one['name'] for one in categories),
            cat_ids=[one['id'] for one in categories],
        )
        split = self.read_split(labels)
        prefix = self.data_prefix.get('img') or ''
        has_videos = (
            not self.form.has_crops
            and self.max_supports != 0
            and (self.test_mode or self.form.num_supports > 0)
        )
        self.reader = SupportReader(
            frames_of_videos(labels, prefix) if has_videos else {},
            read_pool(self.pool) if self.pool else (),
        )
        self._drawer: TrainingSupports | None = None
        pairs = self.read_pairs(labels, split)
        if pairs is None and self.test_mode and has_videos:
            raise UserError(
                'a test with supports has no pairs; make the file with '
                'tools/dataset_tools/make_support_pairs.py and set pairs, or '
                'set max_supports=0'
            )
        records = self._find_queries(labels, split, pairs, has_videos)
        if self.test_mode:
            frames = [self.form.cut(record)[0] for record in records]
            report_unscored(records, frames)
            if has_videos:
                report_lonely(records)
            return records
        records = keep_labelled(records)
        if pairs is not None and has_videos:
            records = fill_supports(records, self.form.num_supports)
        elif has_videos:
            self._drawer = TrainingSupports(records)
            records = keep_supported(records, self._drawer)
        return records

    def read_split(self, labels: LabelFile) -> BenchmarkSplit | None:
        """Seen and unseen classes; None: there are no unseen ones."""
        return read_class_split(self.split, labels) if self.split else None

    def read_pairs(
        self, labels: LabelFile, split: BenchmarkSplit | None
    ) -> list[SupportPair] | None:
        """Queries with fixed supports; None: they are drawn."""
        if self.pairs is None:
            return None
        count = self.form.num_supports
        if self.test_mode:
            count = self.max_supports
        return read_support_pairs(self.pairs, count)

    def prepare_data(self, idx: int) -> Any:
        """Read the frames of an episode and run the pipeline."""
        record = self.get_data_info(idx)
        draw = None
        if not self.test_mode:
            draw = random.Random(random.getrandbits(64))
        targets, names = self._choose(record, draw)
        episode = self.form.read(
            record, targets, names, self.reader, draw, self._resize
        )
        cat_ids = self._metainfo['cat_ids']
        episode['meta']['labels'] = [cat_ids.index(one) for one in targets]
        return self.pipeline(episode)

    def __getitem__(self, idx: int) -> Any:
        if self.test_mode or not isinstance(idx, SampleIndex):
            return super().__getitem__(idx)
        with isolated_randomness(idx.seed_tuple):
            return super().__getitem__(idx)

    @property
    def outline(self) -> list[SampleOutline]:
        """One entry per index, made without reading a frame."""
        if not self._fully_initialized:
            self.full_init()
        return [
            outline_of(self.get_data_info(index)) for index in range(len(self))
        ]

    @property
    def metainfo(self) -> dict:
        """As of mmengine's data sets.

        In test, once read, with `truth` and `protocol`.
        """
        metainfo = super().metainfo
        if self.test_mode and self._fully_initialized:
            metainfo['truth'] = self.truth()
            metainfo['protocol'] = self.form.protocol
        return metainfo

    def truth(self, has_others: bool = False) -> LabelFile:
        """The targets of all queries, in the frames that are predicted.

        Videos have the ids of the episodes, so that a metric that takes
        label files can score predictions. The frames are those of
        `protocol`, without repeated ones.

        Args:
            has_others: See `truth_of`.
        """
        records = [self.get_data_info(index) for index in range(len(self))]
        frames = [self.form.cut(one)[0] for one in records]
        return truth_of(records, frames, self._metainfo, has_others)

    def _find_queries(
        self,
        labels: LabelFile,
        split: BenchmarkSplit | None,
        pairs: Sequence[SupportPair] | None,
        has_videos: bool,
    ) -> list[dict]:
        """Records of the queries of the pairs, or of the part."""
        prefix = self.data_prefix.get('img') or ''
        if pairs is None:
            return queries_of_part(
                labels,
                split,
                self.part,
                self.target_classes,
                self.has_mixed_videos,
                self.form.non_targets,
                prefix,
            )
        return queries_of_pairs(
            labels,
            pairs,
            split,
            self.part,
            self.reader if has_videos else None,
            self.form.non_targets,
            prefix,
        )

    def _choose(
        self, record: Mapping, draw: random.Random | None
    ) -> tuple[Sequence[int], Sequence[str]]:
        """Category ids of the targets, and names of the supports."""
        if self.form.has_crops:
            return record['category_ids'], self.form.crop_names(record)
        if self._drawer is not None:
            return self._drawer.draw(record, self.form.num_supports, draw)
        return record['category_ids'], record['supports']

    def _join_prefix(self) -> None:
        """Let all files start from `data_root`."""
        super()._join_prefix()
        for name in ('pairs', 'pool', 'split'):
            path = getattr(self, name)
            if path and path not in SPLITS and not is_abs(path):
                setattr(self, name, join_path(self.data_root or '', path))
