"""Label files, data sets, samplers and pipeline steps."""

from mmselfshot.datasets.clip_pool import PoolClip, read_pool, sample_frames
from mmselfshot.datasets.coco_episode_dataset import CocoEpisodeDataset
from mmselfshot.datasets.episode_dataset import EpisodeDataset
from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.datasets.pool_clip_dataset import PoolClipDataset
from mmselfshot.datasets.randomness import SampleIndex, isolated_randomness
from mmselfshot.datasets.samplers import (
    VideoAspectRatioBatchSampler,
    VideoTestSampler,
    VideoTrainSampler,
)
from mmselfshot.datasets.sparse_frames import (
    count_sparse_frames,
    spread_frames,
)
from mmselfshot.datasets.still_caption_dataset import StillCaptionDataset
from mmselfshot.datasets.still_kind_dataset import StillKindDataset
from mmselfshot.datasets.still_named_dataset import StillNamedDataset
from mmselfshot.datasets.still_picture_dataset import StillPictureDataset
from mmselfshot.datasets.transforms import (
    BlurUnlabelled,
    ClipAugmentation,
    ColourEpisode,
    FlipEpisode,
    LoadFrameAnnotations,
    LoadFrames,
    PackClipInputs,
    PackEpisode,
    ResizeClip,
    ResizeEpisode,
)
from mmselfshot.datasets.video_instance_dataset import VideoInstanceDataset

__all__ = [
    'BlurUnlabelled',
    'ClipAugmentation',
    'CocoEpisodeDataset',
    'ColourEpisode',
    'EpisodeDataset',
    'FlipEpisode',
    'LabelFile',
    'LoadFrameAnnotations',
    'LoadFrames',
    'PackClipInputs',
    'PackEpisode',
    'PoolClip',
    'PoolClipDataset',
    'ResizeClip',
    'ResizeEpisode',
    'SampleIndex',
    'StillCaptionDataset',
    'StillKindDataset',
    'StillNamedDataset',
    'StillPictureDataset',
    'VideoAspectRatioBatchSampler',
    'VideoInstanceDataset',
    'VideoTestSampler',
    'VideoTrainSampler',
    'count_sparse_frames',
    'isolated_randomness',
    'read_pool',
    'sample_frames',
    'spread_frames',
]
