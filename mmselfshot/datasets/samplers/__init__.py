"""Which samples come when, and on which rank."""

from mmselfshot.datasets.samplers.aspect_ratio_batch_sampler import (
    VideoAspectRatioBatchSampler,
)
from mmselfshot.datasets.samplers.video_test_sampler import VideoTestSampler
from mmselfshot.datasets.samplers.video_train_sampler import VideoTrainSampler

__all__ = [
    'VideoAspectRatioBatchSampler',
    'VideoTestSampler',
    'VideoTrainSampler',
]
