"""Retriever: clips of one video near each other, others far away."""

from mmselfshot.models.retriever.clip_pairs import EMPTY, pair_clips
from mmselfshot.models.retriever.gather_rows import gather_rows
from mmselfshot.models.retriever.memory_queue import MemoryQueue
from mmselfshot.models.retriever.momentum import MomentumEncoder
from mmselfshot.models.retriever.retrieval_losses import (
    RANKING_MODES,
    clip_cosines,
    mil_nce,
    moco_loss,
    ranking_loss,
)

__all__ = [
    'EMPTY',
    'RANKING_MODES',
    'MemoryQueue',
    'MomentumEncoder',
    'clip_cosines',
    'gather_rows',
    'mil_nce',
    'moco_loss',
    'pair_clips',
    'ranking_loss',
]
