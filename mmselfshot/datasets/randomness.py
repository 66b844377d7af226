"""Random states that belong to one sample, whatever process makes it."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch


class SampleIndex(int):
    """The index of a sample that also knows which draw it is.

    It is an int wherever one is expected and travels to loader workers.
    Subtraction and remainder, which mmengine's wrappers of data sets use to
    find the index within a part, keep the draw.

    Attributes:
        position: Number of draws before this one, over all ranks.
        seed: Seed of the sampler that drew it.
    """

    position: int
    seed: int

    def __new__(
        cls, index: int, position: int = 0, seed: int = 0
    ) -> 'SampleIndex':
        self = super().__new__(cls, index)
        self.position = position
        self.seed = seed
        return self

    def __sub__(self, other: int) -> 'SampleIndex':
        return SampleIndex(int(self) - other, self.position, self.seed)

    def __mod__(self, other: int) -> 'SampleIndex':
        return SampleIndex(int(self) % other, self.position, self.seed)

    @property
    def seed_tuple(self) -> tuple[int, int, int]:
        """What the randomness of the sample is made from."""
        return self.seed, self.position, int(self)


@contextmanager
def isolated_randomness(seeds: Sequence[int]) -> Iterator[None]:
    """Run a block under random states made from `seeds` alone.

    The global states of `random`, numpy and torch (CPU) are put back at the
    end, also after an exception.

    Args:
        seeds: Integers, 0 or more; another tuple is another state.
    """
    # transforms of other packages draw from these global states
    numpy_state = np.random.get_state()  # noqa: NPY002
    python_state, torch_state = random.getstate(), torch.get_rng_state()
    words = np.random.SeedSequence(tuple(seeds)).generate_state(3)
    random.seed(int(words[0]))
    np.random.seed(int(words[1]))  # noqa: NPY002
    torch.set_rng_state(
        torch.Generator().manual_seed(int(words[2])).get_state()
    )
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)  # noqa: NPY002
        torch.set_rng_state(torch_state)
