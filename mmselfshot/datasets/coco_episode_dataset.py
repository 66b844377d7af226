"""Episodes of images: a query image and support images of one class.

Source: Self-Shot VIS (ECCV 2022), appendix, Tab. 12 (img->img): COCO, the
class splits of one-shot instance segmentation, 1 and 5 supports, AP50.
Ours: in test each image comes once for each test class that it shows, with
supports from a seed, as the paper's are not published.
"""

from typing import Any

from mmselfshot.datasets.benchmark_splits import BenchmarkSplit
from mmselfshot.datasets.coco_images import (
    coco_split,
    pairs_of_images,
    read_coco,
)
from mmselfshot.datasets.episode_dataset import EpisodeDataset
from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.datasets.support_pairs import SupportPair
from mmselfshot.registry import DATASETS


@DATASETS.register_module()
class CocoEpisodeDataset(EpisodeDataset):
    """Episodes with one frame each, T = S = 1.

    Images that show test classes too are trained on; these are no targets.

    Args:
        ann_file: COCO instances.
        split: 1 to 4, see `coco_split`.
        num_supports: K; in test too, where `max_supports` is None.
        seed: Of the supports in test.
        kwargs: See `EpisodeDataset`.

    Raises:
        UserError: If the file is no COCO file, or see `EpisodeDataset`.
    """

    def __init__(
        self,
        ann_file: str,
        split: int,
        num_supports: int = 1,
        seed: int = 0,
        **kwargs: Any,
    ) -> None:
        self.coco_split = split
        self.seed = seed
        super().__init__(
            ann_file,
            num_frames=1,
            support_frames=1,
            num_supports=num_supports,
            has_mixed_videos=True,
            **kwargs,
        )

    def read_labels(self) -> LabelFile:
        """COCO's images as videos of one frame."""
        return read_coco(self.ann_file)

    def read_split(self, labels: LabelFile) -> BenchmarkSplit:
        """The classes of the split."""
        return coco_split(labels, self.coco_split)

    def read_pairs(
        self, labels: LabelFile, split: BenchmarkSplit | None
    ) -> list[SupportPair] | None:
        """In test, each image with each test class that it shows."""
        if self.pairs is not None or not self.test_mode:
            return super().read_pairs(labels, split)
        categories = split.classes(self.part).values()
        k = self.max_supports
        if k is None:
            k = self.form.num_supports
        return list(pairs_of_images(labels, categories, k, self.seed))
