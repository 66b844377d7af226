"""What a Python user imports: predict the objects of a video, label videos."""

from mmselfshot.apis.labelling import ensure_labels, label_videos
from mmselfshot.apis.prediction_folder import check_masks
from mmselfshot.apis.video_instance_inferencer import (
    VideoInstanceInferencer,
    VideoResult,
)

__all__ = [
    'VideoInstanceInferencer',
    'VideoResult',
    'check_masks',
    'ensure_labels',
    'label_videos',
]
