"""The demo of Self-Shot VIS: a world, a retriever, a network, scores, films.

Labelled are the train videos, whose kinds are none of those that are asked
for in the end. Labels of queries and pool are used but to measure, and by the
oracle, which is there to compare with.
"""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmselfshot.apis.query_supports import QuerySupports
from mmselfshot.apis.selfshot_cells import Cell
from mmselfshot.apis.selfshot_inferencer import SelfShotInferencer
from mmselfshot.apis.selfshot_report import measure_cell
from mmselfshot.apis.selfshot_run import SelfShotRun
from mmselfshot.apis.selfshot_trials import CONFIG, RANKING, Trial
from mmselfshot.apis.show_episodes import run_show_episodes
from mmselfshot.apis.toy_steps import format_columns
from mmselfshot.datasets.pool_clip import spread_evenly
from mmselfshot.datasets.toyvis.fewshot.reading import read_truth
from mmselfshot.engine.run_config import load_config
from mmselfshot.utils import UserError, write_json

SEED = 0  # no table is made with it
WORLD = {'scene_prob': 0.9}  # as of the tables
NUM_FILMS, NUM_PICTURES = 3, 6
COLUMNS = {
    'no support': Trial(supports='none', k=0),
    '5 random': Trial(supports='random'),
    '5 found': Trial(supports=RANKING),
    '5 oracle': Trial(),
}
ROWS = (
    ('AP50', 'ap50'),
    ('AP50, mean over kinds', 'class_mean'),
    ('supports that show the kind', 'right'),
)


def run_selfshot_demo(
    repo: str | Path,
    out: str | Path,
    world: Mapping[str, Any] | None = None,
    options: Sequence[str] = (),
    retriever_options: Sequence[str] = (),
    num_queries: int | None = None,
) -> dict[str, Any]:
    """Train retriever and network, find supports, segment unseen kinds.

    What an interrupted demo finished is kept when it is run again.

    Args:
        repo: Folder that holds `tools` and `configs`.
        out: Where everything goes.
        world: Options of the world that differ from the demo's.
        options: `key=value` texts for the training of the network.
        retriever_options: The same for that of the retriever.
        num_queries: Test on the first so many only; None: on all.

    Returns:
        The numbers that are printed: `scores`, by supports; `films`, paths;
        `seconds` of this call.

    Raises:
        UserError: If a step fails.
    """
    start = time.time()
    out = Path(out).resolve()
    run = SelfShotRun(
        *(Path(repo).resolve(), out, SEED, options),
        world={**WORLD, **(world or {})},
        num_queries=num_queries,
        retrieval_options=retriever_options,
        shows_tools=True,
    )
    _say(1, 'ToyVIS fewshot: drawing videos, pool and queries')
    run.prepare()

    _say(2, 'The ranking retriever: training on the pool, without a label')
    run.supports.path('queries', RANKING)

    _say(3, 'Self-Shot VIS: training on videos of other kinds')
    checkpoint = run.train('all')

    _say(4, 'Testing on kinds that were never labelled')
    run.test(list(COLUMNS.values()))
    scores = {name: _score(run, trial) for name, trial in COLUMNS.items()}
    num = scores['5 found']['num_queries']
    title = f'ToyVIS fewshot, {num} queries'
    print(format_columns(title, scores, ROWS), flush=True)

    _say(5, 'Films of three queries, and the page')
    films = _film(run, checkpoint, out / 'predict')
    record = {
        'scores': scores,
        'films': list(map(str, films)),
        'seconds': round(time.time() - start),
    }
    _write_page(run, checkpoint, record, out)
    write_json(out / 'demo.json', record)
    print(f'{record["seconds"]} s this time; see {out / "page.html"}')
    return record


def _score(run: SelfShotRun, trial: Trial) -> dict[str, float]:
    """AP50, also as mean over kinds, and the share of right supports."""
    cell = measure_cell(Cell(trial), lambda one: [run.rows(one)])
    return {
        'ap50': cell['mean'],
        'class_mean': cell['class_mean'],
        'right': _share_right(run, trial) if trial.k else 0.0,
        'num_queries': cell['num_queries'],
    }


def _share_right(run: SelfShotRun, trial: Trial) -> float:
    """How many of the supports show a target of their query."""
    truth = read_truth(run.data / 'pool_truth.json')
    shown = {clip.name: set(clip.category_ids) for clip in truth}
    is_right = [
        bool(shown[name] & set(pair.category_ids))
        for pair in run.supports.pairs(trial.labels, trial.supports)
        for name in pair.supports[: trial.k]
    ]
    return sum(is_right) / len(is_right)


def _film(run: SelfShotRun, checkpoint: Path, out: Path) -> list[Path]:
    """Predict some queries as a user would, with the pool's index alone.

    Raises:
        UserError: If a query fails.
    """
    pairs = run.supports.pairs('queries', 'oracle')
    images = run.data / 'fewshot_queries/JPEGImages'
    num = min(NUM_FILMS, len(pairs))
    names = [pairs[n].name for n in spread_evenly(range(len(pairs)), num)]
    predict = SelfShotInferencer(
        load_config(run.steps.repo / CONFIG, run.options),
        checkpoint,
        QuerySupports(pool=run.supports.index(RANKING, 'pool')),
    )
    done = predict(
        [images / name for name in names],
        out_dir=out,
        show_progress=True,
    )
    for video in done:
        if video.error:
            raise UserError(str(video))
    return [video.folder / 'film.mp4' for video in done]


def _write_page(
    run: SelfShotRun, checkpoint: Path, record: dict[str, Any], out: Path
) -> None:
    from mmselfshot.visualization.page import Page

    pairs = run.supports.path('queries', RANKING)
    pictures = run_show_episodes(
        run.steps.repo / CONFIG,
        checkpoint,
        out / 'episodes',
        num_queries=NUM_PICTURES,
        options=[
            f'test_dataloader.dataset.data_root={run.data}',
            f'test_dataloader.dataset.pairs={pairs}',
            *run.options,
        ],
        show_progress=True,
    )
    page = Page('Self-Shot VIS on ToyVIS: kinds that were never labelled')
    page.add_text(
        'Supports are clips of a pool of videos without labels; the retriever '
        'that found them was trained on that pool. Oracle supports are chosen '
        'by their true labels.'
    )
    page.add_table(
        ['', *record['scores']],
        [
            [name, *(f'{one[key]:.3f}' for one in record['scores'].values())]
            for name, key in ROWS
        ],
    )
    page.add_heading('Queries: asked for, found, and the clips found for them')
    for path in pictures:
        page.add_picture(path, f'query {path.stem}')
    page.add_heading('Films')
    for film in map(Path, record['films']):
        folder = film.relative_to(out).parent
        page.add_link(f'{folder.name}: film', str(folder / film.name))
        page.add_link(
            f'{folder.name}: its supports', f'{folder}/supports.html'
        )
    page.write(out / 'page.html')


def _say(step: int, what: str) -> None:
    print(f'[{step}/5] {what}', flush=True)
