"""The steps of demos and tables on a ToyVIS world, all with the real tools.

Each step has a folder or file of its own and is skipped when that holds the
result of the very same step: `step.json` beside it names, as a hash, the
config, the options and the files that went in.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mmselfshot.utils import UserError, read_json, write_json

STEP = 'step.json'
Say = Callable[[str], None]


class ToySteps:
    """Runs tools on one world, which lies in `<out>/data/toyvis`.

    Args:
        repo: Folder that holds `tools` and `configs`.
        out: Where everything goes.
        log: File that gets what the tools print; None for the terminal.
        say: Gets the lines for people.
    """

    def __init__(
        self,
        repo: str | Path,
        out: str | Path,
        log: str | Path | None = None,
        say: Say = print,
    ) -> None:
        self.repo = Path(repo).resolve()
        self.out = Path(out).resolve()
        self.world = self.out / 'data/toyvis'
        self.log = None if log is None else Path(log).resolve()
        self.say = say
        self._start = time.time()
        self._skipped = 0.0

    @property
    def seconds(self) -> float:
        """What all took so far, with the steps that were skipped now."""
        return time.time() - self._start + self._skipped

    def make_world(
        self, seed: int = 0, num_workers: int = 2, **changes: Any
    ) -> None:
        """Draw the world, see `datasets.toyvis.make_world`."""
        from mmselfshot.datasets.toyvis import make_world

        start = time.time()
        done = make_world(
            self.world,
            level='easy',
            seed=seed,
            num_workers=num_workers,
            show_progress=self.log is None,
            **changes,
        )
        path = self.out / 'data' / STEP
        if any(done.values()) or not path.exists():
            write_json(path, {'seconds': time.time() - start})
        else:
            self._skipped += read_json(path)['seconds']

    def label(
        self, config: str, split: str, out: Path, options: Sequence[str] = ()
    ) -> Path:
        """Label the frames of a split, never its annotation file.

        Returns:
            `out`, the label file.
        """
        images = self.world / split / 'JPEGImages'
        self._once(
            out.with_name(f'{out.stem}.candidates') / STEP,
            [self._config_key(config, options), world_key(self.world)],
            lambda: self.run_tool(
                *('tools/label.py', self.repo / config, images, '--out', out),
                *_options(options),
            ),
            [out],
        )
        return out

    def train(
        self,
        config: str,
        name: str,
        labels: Path,
        options: Sequence[str] = (),
    ) -> Path:
        """Train in `<out>/<name>`.

        Args:
            config: Below `repo`.
            name: Of the run.
            labels: The label file that the config trains on.
            options: `key=value` texts.

        Returns:
            The last checkpoint.

        Raises:
            UserError: If the training fails.
        """
        from mmselfshot.engine import find_last_checkpoint

        folder = self.out / name
        self._once(
            folder / STEP,
            [self._config_key(config, options), str(labels)],
            lambda: self.run_tool(
                *('tools/train.py', self.repo / config, '--work-dir', folder),
                *_options(options),
            ),
        )
        checkpoint = find_last_checkpoint(folder)
        if checkpoint is None:
            raise UserError(f'the training left no checkpoint in {folder}')
        return checkpoint

    def test(
        self,
        config: str,
        checkpoint: Path,
        name: str,
        options: Sequence[str] = (),
    ) -> Path:
        """Predict the val videos into `<out>/<name>`.

        Returns:
            The result file.
        """
        folder = self.out / name
        self._once(
            folder / STEP,
            [self._config_key(config, options), str(checkpoint)],
            lambda: self.run_tool(
                *('tools/test.py', self.repo / config, checkpoint),
                *('--work-dir', folder, '--out', folder),
                *_options(options),
            ),
            [folder / 'results.json'],
        )
        return folder / 'results.json'

    def run_tool(self, tool: str, *arguments: Any) -> None:
        """Run a tool as a user does.

        Raises:
            UserError: If it fails.
        """
        command = [sys.executable, str(self.repo / tool), *map(str, arguments)]
        env = {**os.environ, 'MMSELFSHOT_DATA': str(self.out / 'data')}
        where = 'above'
        if self.log is None:
            status = subprocess.run(command, env=env).returncode
        else:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            with open(self.log, 'ab') as file:
                status = subprocess.run(
                    command, env=env, stdout=file, stderr=file
                ).returncode
            where = str(self.log)
        if status:
            raise UserError(
                f'{Path(tool).name} ended with status {status}, see {where}; '
                'the same command goes on where it stopped'
            )

    def _once(
        self,
        stamp: Path,
        content: list,
        action: Callable[[], None],
        outputs: Sequence[Path] = (),
    ) -> None:
        """Do something if it has not been done with the same content."""
        from mmselfshot.utils.hashes import hash_of

        key = hash_of(content)
        done = read_json(stamp) if stamp.is_file() else {}
        if done.get('key') == key and all(one.exists() for one in outputs):
            self.say(f'{stamp.parent} is there already')
            self._skipped += done['seconds']
            return
        start = time.time()
        action()
        write_json(stamp, {'key': key, 'seconds': time.time() - start})

    def _config_key(self, config: str, options: Sequence[str]) -> dict:
        """What a config says, with the files that it starts from."""
        from mmselfshot.engine.run_config import load_config

        return load_config(self.repo / config, options).to_dict()


class SeedSteps:
    """What a table makes with one seed, below `<out>/seed<N>`.

    Args:
        repo: Folder that holds `tools` and `configs`.
        out: Where everything goes.
        seed: Of the world and of the trainings.
        options: `key=value` texts for all trainings.
        world: Options of the world.
        say: Gets the lines for people.
        shows_tools: Whether what tools print goes to the terminal, not to
            `tools.log`.
    """

    def __init__(
        self,
        repo: Path,
        out: Path,
        seed: int,
        options: Sequence[str] = (),
        world: dict[str, Any] | None = None,
        say: Say = print,
        shows_tools: bool = False,
    ) -> None:
        folder = out / f'seed{seed}'
        self.seed = seed
        self.options = list(options)
        self.world_options = dict(world or {})
        self.say = lambda line: say(f'seed {seed}: {line}')
        log = None if shows_tools else folder / 'tools.log'
        self.steps = ToySteps(repo, folder, log, self.say)


def world_key(world: Path) -> str:
    """The file that tells a world from another."""
    return str(world / 'world.json')


def _options(options: Sequence[str]) -> list[str]:
    return ['--cfg-options', *options] if options else []


def format_columns(
    title: str, columns: dict[str, dict], rows: Sequence[tuple[str, str]]
) -> str:
    """A table of numbers, one column per method.

    Args:
        title: Above the names of the rows.
        columns: By method, its numbers by key.
        rows: Name and key of each row.
    """
    widths = [max(10, len(name) + 2) for name in columns]
    lines = [
        f'{title:30}'
        + ''.join(f'{name:>{n}}' for name, n in zip(columns, widths))
    ]
    for name, key in rows:
        lines.append(
            f'{name:30}'
            + ''.join(
                f'{numbers[key]:{n}.3f}'
                for numbers, n in zip(columns.values(), widths)
            )
        )
    return '\n'.join(['', *lines, ''])
