"""The registered metric of Self-Shot VIS.

Source: Self-Shot VIS (ECCV 2022), Sec. 6: foreground against background, AP
at a video IoU of 0.5.
Ours: also the mean over the classes of the queries, as the paper does not
say which of the two it gives.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.logging import print_log

from mmselfshot.evaluation.query_class_ap import (
    foreground_ap_by_class,
    mean_over_classes,
)
from mmselfshot.evaluation.vis_metric import VISMetric
from mmselfshot.evaluation.vis_score import join_categories
from mmselfshot.registry import METRICS
from mmselfshot.utils import UserError


@METRICS.register_module()
class EpisodeMetric(VISMetric):
    """AP of the targets of queries, in the frames that are predicted.

    What counts as true comes from the data set, see
    `EpisodeDataset.truth`: the label file alone does not tell targets from
    other instances. `vis/fgbg_AP50` is over all queries at once,
    `vis/class_mean_AP50` the mean over their classes. Numbers that look at
    the class of a track, such as `vis/AP50`, are left out where a query asks
    for several: all its tracks are given one.

    Args:
        ann_file: Label file of the queries.
        kwargs: Of `VISMetric`.
    """

    def __init__(self, ann_file: str, **kwargs) -> None:
        self._dataset_meta: dict[str, Any] | None = None
        super().__init__(ann_file, **kwargs)

    @property
    def dataset_meta(self) -> dict[str, Any] | None:
        """Of an `EpisodeDataset`, with `truth` and `protocol`.

        Raises:
            UserError: If it is of another data set.
        """
        return self._dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, meta: dict[str, Any] | None) -> None:
        if meta is not None and 'truth' not in meta:
            raise UserError(
                f'{type(self).__name__} was given a data set without the '
                'truth of episodes; expected an EpisodeDataset in test mode; '
                'set its type and test_mode=True, or take VISMetric'
            )
        self._dataset_meta = meta
        if meta is not None:
            self.labels = meta['truth']

    def summarize(self, scores: Sequence[Any]) -> Mapping[str, float]:
        """As of a `VISMetric`, and `class_mean_AP50`.

        The log names the protocol, which numbers are told with.
        """
        num_frames = sum(one['length'] for one in self.labels.videos.values())
        print_log(
            f'protocol {self.dataset_meta["protocol"]}: '
            f'{len(self.labels.videos)} queries, {num_frames} frames',
            logger='current',
        )
        classes = {
            video_id: video['category_ids']
            for video_id, video in self.labels.videos.items()
        }
        by_class = foreground_ap_by_class(scores, classes)
        summary = dict(super().summarize(scores))
        if any(len(set(asked)) > 1 for asked in classes.values()):
            of_classes = join_categories(scores, []).stats()
            summary = {k: v for k, v in summary.items() if k not in of_classes}
        return summary | {'class_mean_AP50': mean_over_classes(by_class)}
