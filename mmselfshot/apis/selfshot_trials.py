"""Trainings and tests that the tables of Self-Shot VIS on ToyVIS consist of.

Source: Self-Shot VIS (ECCV 2022), Tab. 3, 9 and 10: which modules, and in
which encoder positions, a network is trained with.
"""

from collections.abc import Iterable
from dataclasses import dataclass

CONFIG = 'configs/selfshot/selfshot_5shot_toyvis.py'
MOTION_CONFIG = 'configs/selfshot/motion_toyvis.py'
MOTION = 'motion'  # no training, see `MOTION_CONFIG`
# configs by what their networks have
TRAININGS = {
    'all': CONFIG,
    **{
        name: f'configs/selfshot/ablations/selfshot_5shot_toyvis_{name}.py'
        for name in (
            *('dec', 'enc_dec', 'fus_dec', 'joint'),
            *('position_none', 'position_query', 'position_support'),
        )
    },
}
RANKING = 'retriever_rank_toyvis'
ENCODERS = {  # as rows of the retrieval table, with their titles here
    'frozen_cnn_toyvis': 'CNN taught on stills (Inception fixed)',
    'retriever_moco_image_toyvis': 'CNN with MoCo (Inception MoCo)',
    'retriever_milnce_toyvis': 'MIL-NCE',
    RANKING: 'ranking',
}
MAX_SUPPORTS = 10


@dataclass(frozen=True)
class Trial:
    """One test: weights, queries and what supports them.

    training: A key of `TRAININGS`, or `MOTION`.
    supports: See `SeedSupports`.
    k: The first so many of them; 0 asks without any.
    labels: `queries`, `swap` or `multi`, of a ToyVIS world.
    mode: See `read_episode_supports`.
    """

    training: str = 'all'
    supports: str = 'oracle'
    k: int = 5
    labels: str = 'queries'
    mode: str = 'video'

    @property
    def name(self) -> str:
        """For files."""
        name = f'{self.training}/{self.labels}_{self.supports}_{self.k}'
        return name if self.mode == 'video' else f'{name}_{self.mode}'


NO_FUSER = Trial('enc_dec', 'none', 0)  # it takes no supports


def in_running_order(trials: Iterable[Trial]) -> list[Trial]:
    """Each trial once, so that what was read and encoded is used again.

    Of one file, more supports come first, as fewer are a prefix of them.
    """
    return sorted(
        set(trials),
        key=lambda one: (
            [*TRAININGS, MOTION].index(one.training),
            *(one.labels, one.mode, one.supports, -one.k),
        ),
    )
