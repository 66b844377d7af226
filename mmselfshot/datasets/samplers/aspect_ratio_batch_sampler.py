"""Batches of videos that lie or stand, to pad less.

Source: MinVIS groups training samples by aspect ratio.
Ours: the grouping is done on the stream of all ranks, so that it does not
depend on the number of ranks and can start anywhere.
"""

from collections.abc import Iterator

from torch.utils.data import Sampler

from mmselfshot.datasets.randomness import SampleIndex
from mmselfshot.datasets.samplers.video_train_sampler import VideoTrainSampler
from mmselfshot.registry import DATA_SAMPLERS
from mmselfshot.utils import UserError


@DATA_SAMPLERS.register_module()
class VideoAspectRatioBatchSampler(Sampler):
    """Endless batches made of groups with one orientation.

    The draws of the stream are collected in two groups, wider than high and
    the others; a group that is full goes out. Groups go out to ranks in
    turn, `batch_size // group_size` at a time. So W ranks with b samples
    take the same samples in each step as one process with W*b samples and
    `group_size=b`.

    Args:
        sampler: A `VideoTrainSampler`, whose data set has an `outline`.
        batch_size: Samples of this rank per step.
        group_size: Samples of one orientation; a divisor of `batch_size`,
            None for `batch_size`.
        drop_last: There is no last batch; only for the usual signature.
    """

    def __init__(
        self,
        sampler: VideoTrainSampler,
        batch_size: int,
        group_size: int | None = None,
        drop_last: bool = True,
    ) -> None:
        if not isinstance(sampler, VideoTrainSampler):
            raise UserError(
                f'VideoAspectRatioBatchSampler got a sampler of type '
                f'{type(sampler).__name__}; expected VideoTrainSampler'
            )
        group_size = group_size or batch_size
        if batch_size < 1 or batch_size % group_size:
            raise UserError(
                f'group_size={group_size} does not divide '
                f'batch_size={batch_size}; choose one that does'
            )
        self.sampler = sampler
        self.batch_size = batch_size
        self.group_size = group_size
        self.drop_last = drop_last
        self._is_wide = [
            part.width > part.height for part in sampler.dataset.outline
        ]
        self._num_drawn = 0

    def __iter__(self) -> Iterator[list[SampleIndex]]:
        rank, world_size = self.sampler.rank, self.sampler.world_size
        per_batch = self.batch_size // self.group_size
        first_batch = self._num_drawn // self.batch_size
        batch = []
        for number, group in enumerate(self._form_groups()):
            turn, place = divmod(number, per_batch * world_size)
            if turn < first_batch or place // per_batch != rank:
                continue
            batch.extend(group)
            if len(batch) == self.batch_size:
                yield batch
                batch = []

    def __len__(self) -> int:
        return -(-len(self.sampler) // self.batch_size)

    def seek(self, num_drawn_per_rank: int, seed: int | None = None) -> None:
        """Let the next iteration start after batches made before.

        The groups of the past are formed again from indices alone: nothing
        is read or decoded.

        Args:
            num_drawn_per_rank: Samples that this rank has drawn, a multiple
                of the batch size.
            seed: Seed of the stream to go on with; None keeps this one.
        """
        if num_drawn_per_rank % self.batch_size:
            raise UserError(
                f'{num_drawn_per_rank} samples drawn before are no whole '
                f'number of batches of {self.batch_size}; resume with the '
                'batch size of the checkpoint'
            )
        self.sampler.seek(num_drawn_per_rank, seed)
        self._num_drawn = num_drawn_per_rank

    def _form_groups(self) -> Iterator[list[SampleIndex]]:
        waiting: dict[bool, list[SampleIndex]] = {True: [], False: []}
        position = 0
        while True:
            index = self.sampler.draw(position)
            position += 1
            group = waiting[self._is_wide[index]]
            group.append(index)
            if len(group) == self.group_size:
                yield group
                waiting[self._is_wide[index]] = []
