"""Randomness that is a function of (seed, iteration, rank)."""

import random

import numpy as np
import torch
from mmengine.dist import get_rank
from mmengine.hooks import Hook

from mmselfshot.registry import HOOKS


@HOOKS.register_module()
class IterationSeedHook(Hook):
    """Seeds torch, numpy and random anew before every training iteration.

    Whatever ran before (validation, a resumed start, another number of
    loader workers) then has no influence on dropout or sampled points: a
    resumed run draws what an unbroken run draws, and a checkpoint need not
    hold random states.
    """

    priority = 'VERY_HIGH'

    def before_train_iter(self, runner, batch_idx: int, data_batch=None):
        """Seed for the iteration that is about to start."""
        seed = seed_of_iteration(runner.seed, runner.iter, get_rank())
        torch.manual_seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002  (mmdet draws from it)
        random.seed(seed)


def seed_of_iteration(seed: int, iteration: int, rank: int) -> int:
    """Mix three numbers to a seed that shares no stream with another.

    Returns:
        An integer from 0 to 2^63 - 1.
    """
    mixed = np.random.SeedSequence([seed, iteration, rank])
    return int(mixed.generate_state(1, np.uint64)[0] >> np.uint64(1))
