"""What a Python user imports.

Predict the objects of videos, label videos, index a pool and search it.
"""

from mmselfshot.apis.labelling import ensure_labels, label_videos
from mmselfshot.apis.pool_index import index_pool
from mmselfshot.apis.pool_search import PoolSearcher
from mmselfshot.apis.prediction_folder import check_masks
from mmselfshot.apis.query_supports import QuerySupports
from mmselfshot.apis.selfshot_inferencer import SelfShotInferencer
from mmselfshot.apis.video_instance_inferencer import VideoInstanceInferencer
from mmselfshot.apis.video_result import VideoResult

__all__ = [
    'PoolSearcher',
    'QuerySupports',
    'SelfShotInferencer',
    'VideoInstanceInferencer',
    'VideoResult',
    'check_masks',
    'ensure_labels',
    'index_pool',
    'label_videos',
]
