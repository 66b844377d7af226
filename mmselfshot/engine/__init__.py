"""Loops and hooks, and what the tools for training and testing do."""

from mmselfshot.engine.atomic_backend import AtomicLocalBackend
from mmselfshot.engine.checkpoint_guard_hook import CheckpointGuardHook
from mmselfshot.engine.clipped_sgd import ClippedSGD
from mmselfshot.engine.iteration_seed_hook import IterationSeedHook
from mmselfshot.engine.momentum_hook import MomentumHook
from mmselfshot.engine.pseudo_label_hook import PseudoLabelHook
from mmselfshot.engine.safe_checkpoint_hook import (
    SafeCheckpointHook,
    find_last_checkpoint,
)
from mmselfshot.engine.train_loop import ResumableIterTrainLoop

__all__ = [
    'AtomicLocalBackend',
    'CheckpointGuardHook',
    'ClippedSGD',
    'IterationSeedHook',
    'MomentumHook',
    'PseudoLabelHook',
    'ResumableIterTrainLoop',
    'SafeCheckpointHook',
    'find_last_checkpoint',
]
