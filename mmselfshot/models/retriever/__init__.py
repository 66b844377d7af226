"""Retriever: clips of one video near each other, others far away."""

from mmselfshot.models.retriever.clip_pairs import EMPTY, pair_clips
from mmselfshot.models.retriever.clip_vectors import (
    embed_segments,
    fit_frames,
    mean_direction,
)
from mmselfshot.models.retriever.encoder_hash import encoder_hash
from mmselfshot.models.retriever.encoders import (
    ClipEncoder,
    FrameAverageEncoder,
    JointVideoTransformer,
    MeanColourEncoder,
    OpenCLIPImageTower,
    ThumbnailEncoder,
)
from mmselfshot.models.retriever.gather_rows import gather_rows
from mmselfshot.models.retriever.loss_modules import (
    MILNCELoss,
    MoCoLoss,
    RankingLoss,
)
from mmselfshot.models.retriever.memory_queue import MemoryQueue
from mmselfshot.models.retriever.moco_image_retriever import (
    MoCoImageRetriever,
)
from mmselfshot.models.retriever.momentum import MomentumEncoder
from mmselfshot.models.retriever.projected_encoder import (
    ProjectedEncoder,
    projection_head,
)
from mmselfshot.models.retriever.retrieval_losses import (
    RANKING_MODES,
    clip_cosines,
    mil_nce,
    moco_loss,
    ranking_loss,
)
from mmselfshot.models.retriever.retriever import Retriever, hit_at_1

__all__ = [
    'EMPTY',
    'RANKING_MODES',
    'ClipEncoder',
    'FrameAverageEncoder',
    'JointVideoTransformer',
    'MILNCELoss',
    'MeanColourEncoder',
    'MemoryQueue',
    'MoCoImageRetriever',
    'MoCoLoss',
    'MomentumEncoder',
    'OpenCLIPImageTower',
    'ProjectedEncoder',
    'RankingLoss',
    'Retriever',
    'ThumbnailEncoder',
    'clip_cosines',
    'embed_segments',
    'encoder_hash',
    'fit_frames',
    'gather_rows',
    'hit_at_1',
    'mean_direction',
    'mil_nce',
    'moco_loss',
    'pair_clips',
    'projection_head',
    'ranking_loss',
]
