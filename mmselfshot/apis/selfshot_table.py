"""All tables of Self-Shot VIS on ToyVIS, and the checks of the instrument.

Source: Self-Shot VIS (ECCV 2022), Sec. 6.
Ours: three seeds, each with a world and trainings of its own; all tests of a
seed answer the same queries, so that they can be compared in pairs.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from mmselfshot.apis.selfshot_cells import Table
from mmselfshot.apis.selfshot_checks import TRIALS, format_check, run_checks
from mmselfshot.apis.selfshot_report import (
    Rows,
    format_content,
    make_content,
)
from mmselfshot.apis.selfshot_run import SelfShotRun
from mmselfshot.apis.selfshot_tables import make_tables
from mmselfshot.apis.selfshot_trials import CONFIG, Trial
from mmselfshot.engine.run_record import find_commit
from mmselfshot.evaluation.query_rows import QueryRow
from mmselfshot.utils import (
    UserError,
    read_json,
    write_atomically,
    write_json,
)

CHECKS = 'checks.json'


def choose_tables(names: Sequence[str] | None = None) -> list[Table]:
    """Tables by name; None: all.

    Raises:
        UserError: If there is no such table.
    """
    known = {one.name: one for one in make_tables()}
    for name in names or ():
        if name not in known:
            raise UserError(
                f'no table {name!r}; expected some of {", ".join(known)}'
            )
    return [known[name] for name in names or known]


def make_runs(
    repo: str | Path,
    out: str | Path,
    seeds: Sequence[int],
    retrieval: str | Path | None = None,
    drawn: Mapping[str, str] | None = None,
    records: str | Path | None = None,
    **kwargs: Any,
) -> list[SelfShotRun]:
    """A run of each seed.

    Args:
        repo: Folder that holds `tools` and `configs`.
        out: Gets a folder per seed.
        seeds: Of worlds and trainings.
        retrieval: See `SelfShotRun`.
        drawn: By seed, the folder of a world that is there already.
        records: See `SelfShotRun`.
        kwargs: See `SelfShotRun`.

    Raises:
        UserError: If a world is given for another seed.
    """
    drawn = dict(drawn or {})
    other = sorted(set(drawn) - {str(seed) for seed in seeds})
    if other:
        raise UserError(
            f'a world is given for seed {other[0]}, which is not among '
            f'{", ".join(map(str, seeds))}'
        )
    return [
        SelfShotRun(
            Path(repo).resolve(),
            Path(out).resolve(),
            seed,
            retrieval=retrieval and Path(retrieval).resolve(),
            drawn=Path(drawn[str(seed)]) if str(seed) in drawn else None,
            records=records and Path(records).resolve(),
            **kwargs,
        )
        for seed in seeds
    ]


def run_selfshot_table(
    runs: Sequence[SelfShotRun],
    out: str | Path,
    tables: Sequence[Table],
    num_draws: int = 1000,
) -> dict[str, Any]:
    """Train, test and write the tables; what is there or recorded is kept.

    Args:
        runs: See `make_runs`.
        out: Gets `selfshot.json` and `selfshot.md`.
        tables: See `choose_tables`.
        num_draws: Of each bootstrap.

    Returns:
        The content of `selfshot.json`, see `make_content`; also `made`, how,
        `cpu_hours` of tests and trainings, `commits` of the tests, and the
        lines of `checks`.

    Raises:
        UserError: If a step fails.
    """
    trials = [trial for table in tables for trial in table.trials]
    _run_all(runs, trials)
    content = make_content(tables, _rows_of(runs), num_draws)
    content.update(_origin_of(runs, trials))
    checks = Path(out) / CHECKS
    if checks.is_file():
        content['checks'] = [
            format_check(one) for one in read_json(checks)['checks']
        ]
    write_json(Path(out) / 'selfshot.json', content)
    with write_atomically(Path(out) / 'selfshot.md') as beside:
        beside.write_text(format_content(content))
    return content


def run_selfshot_checks(
    runs: Sequence[SelfShotRun], out: str | Path, num_draws: int = 1000
) -> dict[str, Any]:
    """Train, test and write `checks.json`.

    Args:
        runs: Of seeds whose tables are not reported.
        out: Gets the file.
        num_draws: Of the bootstrap.

    Returns:
        Its content: `seeds`, `commit` and `checks`, see `run_checks`.

    Raises:
        UserError: If a step fails.
    """
    _run_all(runs, TRIALS)
    content = {
        'seeds': [run.seed for run in runs],
        'commit': find_commit(),
        'checks': run_checks(_rows_of(runs), num_draws),
    }
    write_json(Path(out) / CHECKS, content)
    return content


def _run_all(runs: Sequence[SelfShotRun], trials: Sequence[Trial]) -> None:
    todo = [
        run for run in runs if not all(run.recorded(one) for one in trials)
    ]
    for run in todo:
        run.prepare()
    for run in todo:
        run.test(trials)
        run.record(trials)


def _origin_of(
    runs: Sequence[SelfShotRun], trials: Sequence[Trial]
) -> dict[str, Any]:
    """What the numbers were made from."""
    tests = [run.result(one) for run in runs for one in set(trials)]
    hours = {
        'trainings': sum(run.cpu_seconds(trials) for run in runs) / 3600,
        'tests': sum(one['cpu_seconds'] for one in tests) / 3600,
    }
    protocol = tests[0]['protocol']
    commits = sorted({one['commit'] or 'unknown' for one in tests})
    return dict(
        seeds=[run.seed for run in runs],
        config=CONFIG,
        commits=commits,
        protocol=protocol,
        cpu_hours=hours,
        made=(
            f'Measured on ToyVIS `fewshot`{_world_of(runs[0])}, unseen kinds, '
            f'seeds {", ".join(str(run.seed) for run in runs)}: AP50 in '
            'percent, all queries at once, in brackets the mean over kinds; '
            f'protocol `{protocol}`; `{CONFIG}`; tested at commit '
            f'{", ".join(one[:12] for one in commits)}; '
            f'{hours["trainings"]:.1f} CPU hours of training and '
            f'{hours["tests"]:.1f} of tests, retrieval not counted.'
        ),
    )


def _world_of(run: SelfShotRun) -> str:
    """What a world is beside its level."""
    options = [f'{key}={value}' for key, value in run.world_options.items()]
    return f' with `{", ".join(options)}`' if options else ''


def _rows_of(runs: Sequence[SelfShotRun]) -> Rows:
    @cache
    def rows(trial: Trial) -> list[list[QueryRow]]:
        return [run.rows(trial) for run in runs]

    return rows
