"""All files of one seed of the tables of Self-Shot VIS on ToyVIS.

World, trainings and tests lie below the seed's folder and are kept when they
are finished. A test's result file has the IoUs of each query, so that tables
are made from such files alone.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from mmselfshot.apis.retrieval_table import RetrievalRun
from mmselfshot.apis.selfshot_indexes import SeedIndexes
from mmselfshot.apis.selfshot_records import SeedRecords
from mmselfshot.apis.selfshot_supports import SeedSupports, encoder_of
from mmselfshot.apis.selfshot_trials import (
    MOTION,
    TRAININGS,
    Trial,
    in_running_order,
)
from mmselfshot.apis.selfshot_weights import TestedWeights
from mmselfshot.apis.toy_steps import SeedSteps
from mmselfshot.evaluation.query_rows import QueryRow
from mmselfshot.utils import UserError, read_json, write_json
from mmselfshot.utils.hashes import hash_of
from mmselfshot.utils.processor_time import count_processes
from mmselfshot.version import __version__

CPU = 'cpu.json'


class SelfShotRun(SeedSteps):
    """One seed; other arguments as of `SeedSteps`.

    Args:
        retrieval: Folder of a run of the retrieval table; what is not there
            yet is made there. None: `<out>/retrieval`.
        retrieval_options: `key=value` texts for trainings that are made there.
        drawn: A world of this seed that is there already.
        num_queries: Only the first so many videos of each label file.
        weights: By name of a training, a checkpoint in its place; `{seed}`
            in it stands for the seed.
        records: Folder of `SeedRecords`; what is recorded is neither trained
            nor tested nor searched. Tests with `weights` are not recorded.

    Raises:
        UserError: If there is no training of such a name.
    """

    def __init__(
        self,
        repo: Path,
        out: Path,
        seed: int,
        options: Sequence[str] = (),
        world: dict[str, Any] | None = None,
        retrieval: Path | None = None,
        drawn: Path | None = None,
        num_queries: int | None = None,
        weights: Mapping[str, str] | None = None,
        records: Path | None = None,
        retrieval_options: Sequence[str] = (),
        **kwargs,
    ) -> None:
        for name in weights or ():
            if name not in TRAININGS:
                raise UserError(
                    f'no training {name!r}; expected one of '
                    f'{", ".join(TRAININGS)}'
                )
        super().__init__(repo, out, seed, options, world, **kwargs)
        self.retrieval = RetrievalRun(
            *(repo, retrieval or out / 'retrieval', seed),
            *(retrieval_options, world),
            **kwargs,
        )
        self.records = SeedRecords(
            *(repo, records, seed),
            {
                'world': {k: str(v) for k, v in self.world_options.items()},
                'num_queries': num_queries,
            },
            self.options,
        )
        self.drawn = drawn
        self.weights = dict(weights or {})
        self.data = self.steps.out / 'data/toyvis_fewshot'
        self.supports = SeedSupports(
            self.retrieval.world,
            self.steps.out / 'supports',
            seed,
            SeedIndexes(self.retrieval, self.steps.out / 'index', self.say),
            num_queries,
            self.records.supports,
        )

    def prepare(self) -> None:
        """Have a world, and beside it the pairs that its config names.

        Raises:
            UserError: If a given folder holds no finished world.
        """
        world = self.retrieval.world
        if self.drawn is not None:
            self._use_drawn(world)
        if not _is_finished(world):
            self.retrieval.prepare()
        self.data.mkdir(parents=True, exist_ok=True)
        for one in world.resolve().iterdir():
            link = self.data / one.name
            if not link.is_symlink() and not link.exists():
                link.symlink_to(one, target_is_directory=one.is_dir())
        pairs = self.data / 'pairs_queries.json'
        pairs.unlink(missing_ok=True)  # it may be a link into the world
        write_json(pairs, read_json(self.supports.path('queries', 'oracle')))

    def train(self, name: str) -> Path:
        """Train one of `TRAININGS`, in a process as a user does.

        What there are weights for is not trained.

        Returns:
            The last checkpoint.

        Raises:
            UserError: If the training fails.
        """
        if name in self.weights:
            given = self.weights[name].replace('{seed}', str(self.seed))
            path = Path(given).expanduser()
            if not path.is_file():
                raise UserError(f'no checkpoint {path}; check the path')
            return path
        self.say(f'training {name}')
        with count_processes(self.steps.out / f'train_{name}' / CPU):
            return self.steps.train(
                TRAININGS[name],
                f'train_{name}',
                self.data / 'fewshot_train.json',
                [
                    f'randomness.seed={self.seed}',
                    'train_cfg.val_interval=1000000',
                    *self.options,
                ],
            )

    def recorded(self, trial: Trial) -> dict[str, Any] | None:
        """The record of a test that need not be made, None if it must be."""
        if trial.training in self.weights:
            return None
        return self.records.find(trial)

    def test(self, trials: Sequence[Trial]) -> None:
        """Make the result files of tests, training what they need.

        All tests of a training are of one network: recorded ones of another
        are made anew.
        """
        trials = in_running_order(trials)
        missing = [one for one in trials if self.recorded(one) is None]
        for training in dict.fromkeys(one.training for one in missing):
            checkpoint = None if training == MOTION else self.train(training)
            weights = TestedWeights(
                self.steps.repo, training, checkpoint, self.options
            )
            self._forget_others(training, weights)
            keys = {
                trial: self._key(weights, trial)
                for trial in trials
                if trial.training == training and self.recorded(trial) is None
            }
            todo = [one for one in keys if not self._is_done(one, keys[one])]
            with tqdm(
                todo, f'seed {self.seed}, {training}', disable=not todo
            ) as bar:
                for trial in bar:
                    bar.set_postfix_str(trial.name.split('/')[1])
                    self._test(weights, trial, keys[trial])

    def result_file(self, trial: Trial) -> Path:
        """Where the rows of a test are."""
        return self.steps.out / 'tests' / f'{trial.name}.json'

    def result(self, trial: Trial) -> dict[str, Any]:
        """The record of a test, or else its result file."""
        return self.recorded(trial) or read_json(self.result_file(trial))

    def rows(self, trial: Trial) -> list[QueryRow]:
        """What a test found, one entry per query, ids rising."""
        rows = [QueryRow(**one) for one in self.result(trial)['queries']]
        return sorted(rows, key=lambda row: row.video_id)

    def record(self, trials: Sequence[Trial]) -> None:
        """Record tests that were made, where records are kept."""
        if self.records.path is None:
            return
        new = {
            trial: read_json(self.result_file(trial))
            for trial in trials
            if trial.training not in self.weights
            and self.recorded(trial) is None
        }
        trainings = {one.training for one in new} - {MOTION}
        found = [
            self._pairs_of(one) for one in new if encoder_of(one.supports)
        ]
        self.records.add(
            new,
            {one: self._training_seconds(one) for one in trainings},
            {path.stem: read_json(path) for path in found},
        )

    def cpu_seconds(self, trials: Sequence[Trial]) -> float:
        """Processor time of the trainings that tests need."""
        trainings = {trial.training for trial in trials} - {MOTION}
        made = trainings - set(self.weights)
        return sum(self._training_seconds(one) for one in made)

    def _forget_others(self, training: str, weights: TestedWeights) -> None:
        if training in self.weights:
            return
        num = self.records.forget_others(
            training, weights.origin['checkpoint']
        )
        if num:
            self.say(
                f'{num} recorded tests of {training} are of another network; '
                'those asked for are made anew, and with them the others '
                f'leave {self.records.path}'
            )

    def _training_seconds(self, name: str) -> float:
        path = self.steps.out / f'train_{name}' / CPU
        recorded = self.records.training_seconds(name)
        if recorded is not None and not path.is_file():
            return recorded
        return read_json(path)['cpu_seconds']

    def _use_drawn(self, world: Path) -> None:
        if not _is_finished(self.drawn):
            raise UserError(
                f'{self.drawn} holds no finished ToyVIS world; make it with '
                'tools/dataset_tools/make_toyvis.py --level fewshot'
            )
        if not world.exists():
            world.parent.mkdir(parents=True, exist_ok=True)
            world.symlink_to(self.drawn.resolve(), target_is_directory=True)
        if world.resolve() != self.drawn.resolve():
            raise UserError(
                f'{world} holds a world already, which is not that of '
                f'{self.drawn}; leave that out, or choose another --out'
            )

    def _is_done(self, trial: Trial, key: str) -> bool:
        path = self.result_file(trial)
        return path.is_file() and read_json(path).get('key') == key

    def _key(self, weights: TestedWeights, trial: Trial) -> str:
        """What a test is made from."""
        return hash_of(
            [
                *(weights.key, asdict(trial), __version__),
                str(self._pairs_of(trial)),
                str(self.data / f'fewshot_{trial.labels}.json'),
            ]
        )

    def _pairs_of(self, trial: Trial) -> Path:
        supports = trial.supports if trial.k else 'oracle'
        return self.supports.path(trial.labels, supports)

    def _test(self, weights: TestedWeights, trial: Trial, key: str) -> None:
        start = time.process_time()
        labels = f'fewshot_{trial.labels}'
        dataset = weights.tester.dataset(
            data_root=str(self.data),
            ann_file=f'{labels}.json',
            data_prefix={'img': f'{labels}/JPEGImages/'},
            pairs=str(self._pairs_of(trial)),
            max_supports=trial.k,
            num_supports=trial.k,
            support_mode=trial.mode,
        )

        def progress(indices: Sequence[int]) -> Iterator[int]:
            return iter(tqdm(indices, 'queries', leave=False, mininterval=1))

        rows = weights.tester.test(dataset, progress)
        content = {
            'key': key,
            'trial': asdict(trial),
            'seed': self.seed,
            'protocol': dataset.form.protocol,
            **weights.origin,
            'cpu_seconds': time.process_time() - start,
            'queries': [asdict(row) for row in rows],
        }
        write_json(self.result_file(trial), content)


def _is_finished(world: Path) -> bool:
    path = world / 'world.json'
    return path.is_file() and bool(read_json(path).get('is_finished'))
