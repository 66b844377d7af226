"""The ladder of UVIS's ablation on ToyVIS, over several seeds.

Source: UVIS (CVPR-W 2024), ablation on YouTube-VIS 2019: box tracker,
training on raw labels, score filter, prototype memory, tracking memory; and
the tracking memory on the supervised network.
Ours: each seed has a world, labels and trainings of its own; what differs
between two rows is measured on the same videos and checkpoints, paired.
Rows up to the prototype memory are tracked as MinVIS does.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from mmselfshot.apis.label_arms import ARMS, write_label_arms
from mmselfshot.apis.toy_steps import SeedSteps
from mmselfshot.utils import UserError, read_json, write_json

SEEDS = (10, 11, 12)  # no toy foundation model was made with them
WORLD = dict(
    num_train=480,
    num_val=60,
    num_pool=0,
    num_davis_train=0,
    num_davis_val=0,
    num_stills_train=0,
    num_stills_val=0,
    max_clutter=3,
)
UVIS_CONFIG = 'configs/uvis/uvis_toyvis.py'
SUPERVISED_CONFIG = 'configs/uvis/minvis_toyvis_named.py'
OFF = "model.tracker={'type':'MinVISTracker'}"
ON = "model.tracker={'type':'MemoryBankTracker','lam':0.3}"
# row -> training (None: none) and tracker
ROWS: dict[str, tuple[str | None, str]] = {
    'box tracker on raw labels': (None, ''),
    'training on raw labels': ('raw', OFF),
    '+ score filter': ('score', OFF),
    '+ prototype memory': ('memory', OFF),
    '+ tracking memory (UVIS)': ('memory', ON),
    'supervised': ('supervised', OFF),
    'supervised, tracking memory': ('supervised', ON),
}
UVIS_ROW = '+ tracking memory (UVIS)'


class SeedRun(SeedSteps):
    """All files of one seed.

    Args:
        label_options: `key=value` texts for the labelling.
        kwargs: Of `SeedSteps`; `world` holds what differs from `WORLD`.
    """

    def __init__(
        self, *args, label_options: Sequence[str] = (), **kwargs
    ) -> None:
        super().__init__(*args, **kwargs)
        self.world_options = {**WORLD, **self.world_options}
        self.label_options = list(label_options)
        self.labels = self.steps.world / 'labels'
        self.quality: dict[str, dict[str, Any]] = {}

    def prepare(self) -> None:
        """World, candidates of train and val videos, label files."""
        steps = self.steps
        self.say('drawing the world')
        steps.make_world(self.seed, **self.world_options)
        for split in ('train', 'val'):
            self.say(f'labelling the {split} videos')
            path = self._pseudo(split)
            options = list(self.label_options)
            if split == 'val':  # the box tracker follows every frame
                options.append('labelling.frame_step=1')
            steps.label(UVIS_CONFIG, split, path, options)
        self.quality = write_label_arms(
            self._pseudo('train'),
            self._filters(),
            steps.world / 'train.json',
            self.labels,
        )

    def train(self, name: str) -> None:
        """One training: an arm of `ARMS`, or `supervised`."""
        self.say(f'training {name}')
        options = [f'randomness.seed={self.seed}', *self.options]
        if name == 'supervised':
            config, labels = SUPERVISED_CONFIG, self.steps.world / 'train.json'
            options.append('train_cfg.val_interval=1000000')
        else:
            config, labels = UVIS_CONFIG, self.labels / f'{name}.json'
            options += [
                f'train_dataloader.dataset.ann_file={labels}',
                f'labelling.out={labels}',
            ]
        self.steps.train(config, f'train_{name}', labels, options)

    def test(self, row: str) -> None:
        """Make the result file of a row."""
        self.say(f'predicting: {row}')
        training, tracker = ROWS[row]
        if training is None:
            self._track_boxes()
            return
        from mmselfshot.engine import find_last_checkpoint

        checkpoint = find_last_checkpoint(self.steps.out / f'train_{training}')
        if checkpoint is None:
            raise UserError(f'no checkpoint of {training}; run again')
        self.steps.test(
            SUPERVISED_CONFIG,
            checkpoint,
            self.results_of(row).parent.name,
            [tracker, *self.options],
        )

    def results_of(self, row: str) -> Path:
        """The result file of a row."""
        number = list(ROWS).index(row)
        return self.steps.out / f'row{number}' / 'results.json'

    def _pseudo(self, split: str) -> Path:
        return self.steps.world / f'pseudo_{split}.json'

    def _filters(self) -> list[dict[str, Any]]:
        from mmselfshot.engine.run_config import load_config

        cfg = load_config(self.steps.repo / UVIS_CONFIG, self.label_options)
        return cfg.to_dict()['labelling']['filters']

    def _track_boxes(self) -> None:
        from mmselfshot.datasets import LabelFile
        from mmselfshot.labelling.candidate_store import read_candidates
        from mmselfshot.labelling.deep_sort_tracker import (
            DeepSortTracker,
            track_candidates,
        )

        results = track_candidates(
            read_candidates(self._pseudo('val')),
            DeepSortTracker(),
            LabelFile.load(self.steps.world / 'val.json'),
        )
        write_json(self.results_of('box tracker on raw labels'), results)


def run_ladder(
    repo: str | Path,
    out: str | Path,
    seeds: Sequence[int] = SEEDS,
    jobs: int = 1,
    options: Sequence[str] = (),
    label_options: Sequence[str] = (),
    world: dict[str, Any] | None = None,
    num_draws: int = 1000,
) -> dict[str, Any]:
    """Make all rows of all seeds, compare them, write table and numbers.

    What is there already is kept.

    Args:
        repo: Folder that holds `tools` and `configs`.
        out: Gets a folder per seed, `ladder.json` and `ladder.md`.
        seeds: Of worlds and trainings.
        jobs: Trainings and predictions at a time.
        options: `key=value` texts for all trainings and tests.
        label_options: The same for the labelling.
        world: Options of the worlds that differ from `WORLD`.
        num_draws: Of each bootstrap.

    Returns:
        The content of `ladder.json`, see `uvis_ladder_report`.

    Raises:
        UserError: If a step fails; those that run are ended with it.
    """
    from mmselfshot.apis.uvis_ladder_report import (
        compare_rows,
        format_ladder,
    )

    repo, out = Path(repo).resolve(), Path(out).resolve()
    runs = [
        SeedRun(repo, out, seed, options, world, label_options=label_options)
        for seed in seeds
    ]
    for run in runs:
        run.prepare()
    tasks = [(run.train, name) for run in runs for name in _trainings()]
    _work(tasks, jobs)
    _work([(run.test, row) for run in runs for row in ROWS], jobs)
    content = compare_rows(runs, num_draws)
    content['seconds'] = {
        str(run.seed): round(_seconds_of(run.steps.out)) for run in runs
    }
    write_json(out / 'ladder.json', content)
    (out / 'ladder.md').write_text(format_ladder(content))
    return content


def _trainings() -> list[str]:
    """In the order in which the rows need them."""
    return [*ARMS, 'supervised']


def _work(tasks: Sequence[tuple[Callable, str]], jobs: int) -> None:
    """Run tasks, `jobs` at a time; the first mistake ends the rest."""
    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(task, name) for task, name in tasks]
        try:
            for future in futures:
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _seconds_of(folder: Path) -> float:
    """What the steps of a seed took, whenever that was."""
    return sum(
        read_json(path)['seconds'] for path in folder.rglob('step.json')
    )
