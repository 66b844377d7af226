"""Networks that the tables of Self-Shot VIS on ToyVIS are made with."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from mmselfshot.apis.episode_tester import EpisodeTester
from mmselfshot.apis.selfshot_trials import (
    MOTION,
    MOTION_CONFIG,
    TRAININGS,
)
from mmselfshot.engine.run_config import load_config
from mmselfshot.engine.run_record import find_commit
from mmselfshot.utils.hashes import hash_file


class TestedWeights:
    """The network of a training, built when it is needed.

    Attributes:
        cfg: Config of network and test data.
        key: Content that tells it from others, see `hash_of`.
        origin: Config, options, commit and checkpoint, for result files.

    Args:
        repo: Folder that holds `configs`.
        training: A key of `TRAININGS`, or `MOTION`.
        checkpoint: Of the training; None: it has no weights.
        options: `key=value` texts of all trainings.
    """

    def __init__(
        self,
        repo: Path,
        training: str,
        checkpoint: Path | None,
        options: Sequence[str] = (),
    ) -> None:
        config = TRAININGS.get(training, MOTION_CONFIG)
        if training == MOTION:
            options = ()  # they are of another network
        self.cfg = load_config(repo / config, options)
        self.checkpoint = checkpoint
        data = self.cfg.test_dataloader.dataset.to_dict()
        data.pop('data_root', None)  # the world's folder takes its place
        self.key: list[Any] = [self.cfg.model.to_dict(), data]
        self.origin = {
            'config': config,
            'options': list(options),
            'commit': find_commit(),
            'checkpoint': None,
        }
        if checkpoint is not None:
            self.key.append(hash_file(checkpoint))
            self.origin['checkpoint'] = self.key[-1]

    @cached_property
    def tester(self) -> EpisodeTester:
        """Made once."""
        return EpisodeTester(self.cfg, self.checkpoint)
