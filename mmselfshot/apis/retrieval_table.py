"""How well each encoder finds supports on ToyVIS fewshot, over seeds.

Source: Self-Shot VIS (ECCV 2022), Tab. 1, left: the rows of retrieval; the
paper scores them by masks, here they are scored by what is retrieved.
Ours: each seed has a world and trainings of its own; all rows answer the same
queries, with at most one clip of each source, so that rows can be compared
in pairs. A training sees frames and the pool's list file, and no label:
`<out>/seed<N>/data` holds nothing else.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mmselfshot.apis.toy_steps import SeedSteps
from mmselfshot.utils import UserError, read_json, write_atomically, write_json
from mmselfshot.utils.tool_options import NO_CHECKPOINT

SEEDS = (10, 11, 12)  # no toy foundation model was made with them
NUM_SUPPORTS = 5


@dataclass(frozen=True)
class Row:
    """One line of the table.

    config: Below the repository's `configs/selfshot`, or a path.
    kind: `control` (must find nothing), `frozen` (label-free, used as it
        is), `labels` or `captions` (frozen, what it was taught with), or
        `trained` (on the pool, without a label).
    checkpoint: Of a frozen encoder; 'none' as its config builds it.
    """

    title: str
    config: str
    kind: str
    checkpoint: str = NO_CHECKPOINT

    @property
    def name(self) -> str:
        """For files."""
        return Path(self.config).stem


ROWS = (
    Row('mean colour', 'frozen_mean_colour_toyvis.py', 'control'),
    Row('16x16 thumbnail', 'frozen_thumbnail_toyvis.py', 'control'),
    Row('random transformer', 'frozen_random_toyvis.py', 'frozen'),
    Row('toy DINO', 'frozen_dino_toyvis.py', 'frozen'),
    Row('CNN taught on stills', 'frozen_cnn_toyvis.py', 'labels'),
    Row('toy CLIP, uses captions', 'frozen_clip_toyvis.py', 'captions'),
    Row('CNN with MoCo', 'retriever_moco_image_toyvis.py', 'trained'),
    Row('MIL-NCE', 'retriever_milnce_toyvis.py', 'trained'),
    Row('ranking', 'retriever_rank_toyvis.py', 'trained'),
    Row('ranking, tau 2', 'retriever_rank_paper_tau2_toyvis.py', 'trained'),
)


def choose_rows(
    names: Sequence[str] | None = None,
    checkpoints: Mapping[str, str] | None = None,
) -> tuple[Row, ...]:
    """Some rows of the table, with weights of their own.

    Args:
        names: Names of configs; None takes all.
        checkpoints: By name of a config, the weights of its frozen encoder.

    Raises:
        UserError: If a name is not in the table.
    """
    checkpoints = dict(checkpoints or {})
    known = {row.name: row for row in ROWS}
    for name in [*(names or ()), *checkpoints]:
        if name not in known:
            raise UserError(
                f'no row {name!r}; expected one of {", ".join(known)}'
            )
    return tuple(
        replace(row, checkpoint=checkpoints.get(name, row.checkpoint))
        for name, row in known.items()
        if names is None or name in names
    )


class RetrievalRun(SeedSteps):
    """All files of one seed; arguments as of `SeedSteps`."""

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.world = self.steps.out / 'world'
        self.pool = self.steps.out / 'data/toyvis_fewshot/pool.csv'

    def prepare(self, num_workers: int = 2) -> None:
        """Make the world, and beside it the pool without any label."""
        from mmselfshot.datasets.toyvis import make_world

        self.say('drawing the world')
        make_world(
            self.world,
            'fewshot',
            self.seed,
            num_workers,
            **self.world_options,
        )
        with write_atomically(self.pool) as beside:
            shutil.copyfile(self.world / 'pool.csv', beside)
        link = self.pool.with_name('pool')
        if not link.is_symlink():
            link.symlink_to('../../world/pool', target_is_directory=True)

    def run_row(self, row: Row) -> None:
        """Train if need be, encode pool and queries, and search."""
        from mmselfshot.apis.pool_index import index_pool
        from mmselfshot.engine.run_config import load_config

        config = self._config_of(row)
        checkpoint = row.checkpoint
        if row.kind == 'trained':
            self.say(f'training: {row.title}')
            options = [
                f'train_dataloader.dataset.pool={self.pool}',
                f'randomness.seed={self.seed}',
                *self.options,
            ]
            checkpoint = str(
                self.steps.train(
                    config, f'train_{row.name}', self.pool, options
                )
            )
        self.say(f'encoding: {row.title}')
        cfg = load_config(config)
        queries = self.world / 'fewshot_queries/JPEGImages'
        for part, source in (('pool', self.pool), ('queries', queries)):
            folder = self.steps.out / 'index' / row.name / part
            index_pool(
                *(cfg, checkpoint, source, folder),
                show_progress=True,
                say=self.say,
            )
        write_json(self.results_of(row), self._search(row))

    def results_of(self, row: Row) -> Path:
        """The result file of a row: what each query found."""
        return self.steps.out / 'results' / f'{row.name}.json'

    def _config_of(self, row: Row) -> str:
        given = Path(row.config)
        path = self.steps.repo / 'configs/selfshot' / row.config
        if given.is_file():
            path = given
        if not path.is_file():
            raise UserError(f'no config {row.config}; check the path')
        return str(path.resolve())

    def _search(self, row: Row) -> dict[str, Any]:
        """Search with the code that users search with."""
        from mmselfshot.datasets.toyvis.fewshot.reading import (
            read_fewshot_world,
        )
        from mmselfshot.evaluation.retrieval_metrics import random_precision
        from mmselfshot.retrieval import FlatIndex, SupportSelector

        world = read_fewshot_world(self.world)
        shown = {clip.name: clip for clip in world.clips}
        sources = [clip.source for clip in world.clips]
        folder = self.steps.out / 'index' / row.name
        pool, asked = FlatIndex(folder / 'pool'), FlatIndex(folder / 'queries')
        selector = SupportSelector(NUM_SUPPORTS, one_per_source=True)
        chances: dict[int, float] = {}
        queries = []
        for video in world.labels['queries'].videos.values():
            name, (target,) = video['source'], video['target_ids']
            if target not in chances:
                right = [target in clip.category_ids for clip in world.clips]
                chances[target] = random_precision(
                    right, NUM_SUPPORTS, sources
                )
            vector = asked.vectors(asked.rows_of([name]))[0]
            found = selector.select(pool, vector, source=name)
            queries.append(
                {
                    'name': name,
                    'category_id': target,
                    'chance': chances[target],
                    'abstain': found.abstain,
                    'supports': [
                        {
                            'clip': record.clip,
                            'similarity': float(similarity),
                            'is_right': target
                            in shown[record.clip].category_ids,
                        }
                        for record, similarity in zip(
                            found.records, found.similarity
                        )
                    ],
                }
            )
        return {
            'row': row.title,
            'config': row.config,
            'encoder': pool.encoder,
            'seed': self.seed,
            'queries': queries,
        }


def run_retrieval_table(
    repo: str | Path,
    out: str | Path,
    seeds: Sequence[int] = SEEDS,
    rows: Sequence[Row] = ROWS,
    options: Sequence[str] = (),
    world: dict[str, Any] | None = None,
    num_draws: int = 1000,
) -> dict[str, Any]:
    """Make all rows of all seeds, and the table from their result files.

    What is there already is kept.

    Args:
        repo: Folder that holds `tools` and `configs`.
        out: Gets a folder per seed, `retrieval.json` and `retrieval.md`.
        seeds: Of worlds and trainings.
        rows: Of the table.
        options: `key=value` texts for all trainings.
        world: Options of the worlds.
        num_draws: Of each bootstrap.

    Returns:
        The content of `retrieval.json`, see `retrieval_table_report`.

    Raises:
        UserError: If a step fails.
    """
    from mmselfshot.apis.retrieval_table_report import (
        compare_rows,
        format_table,
    )

    repo, out = Path(repo).resolve(), Path(out).resolve()
    runs = [RetrievalRun(repo, out, seed, options, world) for seed in seeds]
    for run in runs:
        run.prepare()
    for run in runs:
        for row in rows:
            run.run_row(row)
    results = {
        row: [read_json(run.results_of(row)) for run in runs] for row in rows
    }
    content = compare_rows(results, num_draws)
    write_json(out / 'retrieval.json', content)
    with write_atomically(out / 'retrieval.md') as beside:
        beside.write_text(format_table(content))
    return content
