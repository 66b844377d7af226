"""Loops and hooks, and what the tools for training and testing do."""

from mmselfshot.engine.atomic_backend import AtomicLocalBackend
from mmselfshot.engine.checkpoint_guard_hook import CheckpointGuardHook
from mmselfshot.engine.iteration_seed_hook import IterationSeedHook
from mmselfshot.engine.safe_checkpoint_hook import (
    SafeCheckpointHook,
    find_last_checkpoint,
)
from mmselfshot.engine.train_loop import ResumableIterTrainLoop

__all__ = [
    'AtomicLocalBackend',
    'CheckpointGuardHook',
    'IterationSeedHook',
    'ResumableIterTrainLoop',
    'SafeCheckpointHook',
    'find_last_checkpoint',
]
