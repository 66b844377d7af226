"""Results of one seed's tests in one small file, kept beside the tables.

Tables and intervals can be made from such files without a world, a training
or a test, and a table that needs new tests needs only those: the supports that
an encoder found are kept as well, so that the encoder is not needed again.
"""

import gzip
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mmselfshot.apis.selfshot_trials import (
    MOTION,
    MOTION_CONFIG,
    TRAININGS,
    Trial,
)
from mmselfshot.engine.run_config import load_config
from mmselfshot.utils import UserError, write_atomically
from mmselfshot.utils.hashes import hash_of

DIGITS = 9  # tell all float32 apart
_PARTS = (  # of a config, what its results rest on
    *('model', 'optim_wrapper', 'param_scheduler', 'train_cfg'),
    *('train_dataloader', 'test_dataloader'),
)
_KEPT = 'tests', 'trainings', 'supports'


class SeedRecords:
    """What was recorded of a seed, `seed<N>.json.gz` of a folder.

    A result counts if config, options, seed and world are those of now. It
    does not tell which retrieval found its supports, and those of the record
    are used before any others: keep records of different ones in different
    folders.

    Args:
        repo: Folder that holds `configs`.
        folder: Of the records; None: there are none, and none are kept.
        seed: Of world and trainings.
        settings: Whatever else the results rest on.
        options: `key=value` texts of all trainings.

    Raises:
        UserError: If the file cannot be read.
    """

    def __init__(
        self,
        repo: Path,
        folder: Path | None,
        seed: int,
        settings: Mapping[str, Any],
        options: Iterable[str] = (),
    ) -> None:
        self.repo = repo
        self.path = folder and folder / f'seed{seed}.json.gz'
        self.settings = {'seed': seed, **settings}
        self.options = list(options)
        self._keys: dict[str, str] = {}
        self._content: dict[str, Any] = {name: {} for name in _KEPT}
        if self.path and self.path.is_file():
            self._content = _read(self.path)

    def find(self, trial: Trial) -> dict[str, Any] | None:
        """What `SelfShotRun` writes of a test, if it is recorded."""
        found = self._content['tests'].get(trial.name)
        if found is None or found['key'] != self._key(trial):
            return None
        return found

    def training_seconds(self, training: str) -> float | None:
        """Processor time of a training, if it is recorded."""
        return self._content['trainings'].get(training)

    def supports(self, name: str) -> dict[str, Any] | None:
        """Content of a file of supports by its stem, if it is recorded."""
        return self._content['supports'].get(name)

    def forget_others(self, training: str, checkpoint: str | None) -> int:
        """Leave out tests of a training that another network took.

        Trained on another machine, a network has other weights, and no table
        may hold some tests of one and some of the other. The file itself
        stays as it is until `add`.

        Args:
            training: A key of `TRAININGS`, or `MOTION`.
            checkpoint: Hash of the weights, None if it has none.

        Returns:
            How many tests were left out.
        """
        tests = self._content['tests']
        others = [
            name
            for name, one in tests.items()
            if one['trial']['training'] == training
            and one['checkpoint'] != checkpoint
        ]
        for name in others:
            del tests[name]
        return len(others)

    def add(
        self,
        tests: Mapping[Trial, Mapping[str, Any]],
        trainings: Mapping[str, float],
        supports: Mapping[str, Mapping[str, Any]],
    ) -> None:
        """Record results, see `SelfShotRun.record`.

        Args:
            tests: Contents of result files.
            trainings: Processor time in seconds, by name.
            supports: Contents of files of supports, by stem.
        """
        if self.path is None or not tests:
            return
        for trial, content in tests.items():
            key = {'key': self._key(trial)}
            self._content['tests'][trial.name] = {**content, **key}
        self._content['trainings'].update(trainings)
        self._content['supports'].update(supports)
        with write_atomically(self.path) as beside:
            text = json.dumps(_rounded(self._content), sort_keys=True)
            # the same content is the same file, whenever it is written
            beside.write_bytes(gzip.compress(text.encode(), 9, mtime=0))

    def _key(self, trial: Trial) -> str:
        training = trial.training
        if training not in self._keys:
            config = TRAININGS.get(training, MOTION_CONFIG)
            options = [] if training == MOTION else self.options
            cfg = load_config(self.repo / config, options).to_dict()
            parts = {name: cfg.get(name) for name in _PARTS}
            for name in ('train_dataloader', 'test_dataloader'):
                if parts[name]:  # the world's folder takes its place
                    parts[name]['dataset'].pop('data_root', None)
            self._keys[training] = hash_of(parts)
        return hash_of([self._keys[training], asdict(trial), self.settings])


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(gzip.decompress(path.read_bytes()))
        return {name: content[name] for name in _KEPT}
    except (OSError, EOFError, zlib.error, ValueError, KeyError) as error:
        raise UserError(
            f'{path} is no record of tests ({error}); copy it again, or leave '
            'out --records'
        ) from error


def _rounded(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {name: _rounded(value) for name, value in node.items()}
    if isinstance(node, list):
        return [_rounded(value) for value in node]
    if isinstance(node, float):
        short = float(f'{node:.{DIGITS}g}')
        return int(short) if short.is_integer() else short
    return node
