"""Steps of a pipeline: dicts of lists with one entry per frame."""

from mmselfshot.datasets.transforms.blur_unlabelled import BlurUnlabelled
from mmselfshot.datasets.transforms.clip_augmentation import ClipAugmentation
from mmselfshot.datasets.transforms.episodes import (
    BlankSupports,
    ColourEpisode,
    FlipEpisode,
    PackEpisode,
    ResizeEpisode,
)
from mmselfshot.datasets.transforms.formatting import PackClipInputs
from mmselfshot.datasets.transforms.loading import (
    LoadFrameAnnotations,
    LoadFrames,
    read_frame,
)
from mmselfshot.datasets.transforms.resize import ResizeClip

__all__ = [
    'BlankSupports',
    'BlurUnlabelled',
    'ClipAugmentation',
    'ColourEpisode',
    'FlipEpisode',
    'LoadFrameAnnotations',
    'LoadFrames',
    'PackClipInputs',
    'PackEpisode',
    'ResizeClip',
    'ResizeEpisode',
    'read_frame',
]
