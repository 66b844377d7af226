"""Training by iterations that resumes without decoding a past batch."""

from itertools import islice

from mmengine.dataset import InfiniteSampler
from mmengine.logging import print_log
from mmengine.runner import IterBasedTrainLoop
from mmengine.runner.base_loop import BaseLoop
from mmengine.runner.loops import _InfiniteDataloaderIterator
from mmengine.runner.utils import calc_dynamic_intervals
from torch.utils.data import DataLoader

from mmselfshot.registry import LOOPS
from mmselfshot.utils import UserError


@LOOPS.register_module()
class ResumableIterTrainLoop(IterBasedTrainLoop):
    """mmengine's loop, except that data starts where training starts.

    mmengine opens the data loader when the loop is built, before it knows
    where training resumes, and then decodes and drops every past batch. Here
    the loader is opened when training starts, after the sampler has been
    moved: `sampler.seek(n, seed)` skips the n samples that this rank drew.

    Args:
        runner: The runner of the training.
        dataloader: A data loader or its config.
        max_iters: Iterations in all.
        val_begin: The iteration from which on validation runs.
        val_interval: Iterations between two validations.
        dynamic_intervals: (iteration, interval) pairs that change
            `val_interval` during training.
    """

    def __init__(
        self,
        runner,
        dataloader: DataLoader | dict,
        max_iters: int,
        val_begin: int = 1,
        val_interval: int = 1000,
        dynamic_intervals: list[tuple[int, int]] | None = None,
    ) -> None:
        BaseLoop.__init__(self, runner, dataloader)
        self._max_iters = int(max_iters)
        self._max_epochs = 1  # as mmengine: the whole training is one
        self._epoch = 0
        self._iter = 0
        self.val_begin = val_begin
        self.val_interval = val_interval
        self.stop_training = False  # set by EarlyStoppingHook
        self.dataloader_iterator = None
        metainfo = getattr(self.dataloader.dataset, 'metainfo', None)
        if metainfo is not None:
            self.runner.visualizer.dataset_meta = metainfo
        self.dynamic_milestones, self.dynamic_intervals = (
            calc_dynamic_intervals(val_interval, dynamic_intervals)
        )

    def run(self):
        """Train from the current iteration to the last.

        Returns:
            The trained model.
        """
        self.runner.call_hook('before_train')
        self.runner.call_hook('before_train_epoch')
        if self._iter > 0:
            self._skip_drawn_samples(self._iter)
        self.dataloader_iterator = _InfiniteDataloaderIterator(self.dataloader)
        while self._iter < self._max_iters and not self.stop_training:
            self.runner.model.train()
            self.run_iter(next(self.dataloader_iterator))
            self._decide_current_val_interval()
            if self._is_validation_due():
                self.runner.val_loop.run()
        self.runner.call_hook('after_train_epoch')
        self.runner.call_hook('after_train')
        return self.runner.model

    def _is_validation_due(self) -> bool:
        return (
            self.runner.val_loop is not None
            and self._iter >= self.val_begin
            and (
                self._iter % self.val_interval == 0
                or self._iter == self._max_iters
            )
        )

    def replace_dataloader(
        self, dataloader: DataLoader, num_iters: int
    ) -> None:
        """Go on with other data in the middle of a training.

        Args:
            dataloader: The other data; the stream of its sampler begins
                where `num_iters` iterations with it would have come to.
            num_iters: Iterations that are done.
        """
        self.dataloader = dataloader
        self._skip_drawn_samples(num_iters)
        self.dataloader_iterator = _InfiniteDataloaderIterator(dataloader)

    def _skip_drawn_samples(self, num_iters: int) -> None:
        batches = self.dataloader.batch_sampler
        num_drawn = num_iters * batches.batch_size
        seed = self.runner.seed  # since resuming, the checkpoint's
        sampler = batches if hasattr(batches, 'seek') else batches.sampler
        if hasattr(sampler, 'seek'):
            sampler.seek(num_drawn, seed)
        elif isinstance(sampler, InfiniteSampler):
            sampler.seed = seed
            sampler.indices = islice(
                sampler._indices_of_rank(), num_drawn, None
            )
        else:
            raise UserError(
                f'a sampler of type {type(sampler).__name__} cannot resume; '
                'expected one with a method seek; use VideoTrainSampler'
            )
        print_log(
            f'Data goes on after {num_drawn} samples of this rank.',
            logger='current',
        )
