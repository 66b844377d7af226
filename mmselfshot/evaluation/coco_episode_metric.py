"""The registered metric of image episodes.

Source: Self-Shot VIS (ECCV 2022), appendix, Tab. 12 (img->img): "mAP at IoU
level of 0.5 as in [48]", Michaelis et al. (2018), where an image is asked
for each test class that it shows and the mean is over the classes: that is
`class_mean_AP50` here. Evaluation is COCO's (101 recall points, 100 masks of
an image and class, what lies in a crowd is ignored): a video of one frame is
an image.
"""

from mmselfshot.datasets.coco_images import read_coco
from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.evaluation.episode_metric import EpisodeMetric
from mmselfshot.registry import METRICS


@METRICS.register_module()
class CocoEpisodeMetric(EpisodeMetric):
    """AP of masks of a `CocoEpisodeDataset`.

    The numbers are those of `EpisodeMetric`; the paper's is
    `vis/class_mean_AP50`.

    Args:
        ann_file: COCO instances, those of the data set.
        kwargs: Of `VISMetric`.

    Raises:
        UserError: If the file is no COCO file.
    """

    has_coco_crowds = True

    def read_labels(self, ann_file: str, need_annotations: bool) -> LabelFile:
        """COCO's images as videos of one frame."""
        return read_coco(ann_file)
