"""What a Python user imports.

Predict the objects of videos, label videos, index a pool and search it.
"""

from mmselfshot.apis.labelling import ensure_labels, label_videos
from mmselfshot.apis.pool_index import index_pool
from mmselfshot.apis.pool_search import PoolSearcher
from mmselfshot.apis.prediction_folder import check_masks
from mmselfshot.apis.video_instance_inferencer import (
    VideoInstanceInferencer,
    VideoResult,
)

__all__ = [
    'PoolSearcher',
    'VideoInstanceInferencer',
    'VideoResult',
    'check_masks',
    'ensure_labels',
    'index_pool',
    'label_videos',
]
