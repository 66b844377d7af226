"""An endless stream of training samples that can start anywhere."""

from collections.abc import Iterator, Sized

import numpy as np
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from mmselfshot.datasets.randomness import SampleIndex
from mmselfshot.registry import DATA_SAMPLERS


@DATA_SAMPLERS.register_module()
class VideoTrainSampler(Sampler):
    """Draws every index once per round, in a new order each round.

    All ranks share one stream of draws. Rank r of W takes the draws r, r+W,
    r+2W, ..., so that step k of W ranks with b samples each takes the draws
    k*W*b to (k+1)*W*b: those of one process with W*b samples. The stream
    does not end; `len` is the number of draws of this rank in one round.

    Args:
        dataset: A data set with a length.
        seed: Makes the order and, with the position, the randomness of each
            sample. None draws one that all ranks share.
        shuffle: False draws the indices in their order.
    """

    def __init__(
        self, dataset: Sized, seed: int | None = None, shuffle: bool = True
    ) -> None:
        self.dataset = dataset
        self.rank, self.world_size = get_dist_info()
        self.seed = sync_random_seed() if seed is None else seed
        self.shuffle = shuffle
        self._num_drawn = 0
        self._round: tuple[int, np.ndarray] | None = None

    def __iter__(self) -> Iterator[SampleIndex]:
        step = self._num_drawn
        while True:
            yield self.draw(self.rank + step * self.world_size)
            step += 1

    def __len__(self) -> int:
        return -(-len(self.dataset) // self.world_size)

    def seek(self, num_drawn_per_rank: int, seed: int | None = None) -> None:
        """Let the next iteration start after draws that were made before.

        Args:
            num_drawn_per_rank: Samples that this rank has drawn.
            seed: Seed of the stream to go on with; None keeps this one.
        """
        if seed is not None:
            self.seed = seed
            self._round = None
        self._num_drawn = num_drawn_per_rank

    def draw(self, position: int) -> SampleIndex:
        """The draw at a position of the stream of all ranks."""
        round_number, place = divmod(position, len(self.dataset))
        if not self.shuffle:
            return SampleIndex(place, position, self.seed)
        if self._round is None or self._round[0] != round_number:
            generator = np.random.default_rng([self.seed, round_number])
            order = generator.permutation(len(self.dataset))
            self._round = round_number, order
        return SampleIndex(self._round[1][place], position, self.seed)
