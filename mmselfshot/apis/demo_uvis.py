"""The demo of UVIS: a world, its labels, a training, scores, films, a page.

No label of a video is used but to measure. The toy CLIP, which names the
masks, has seen captions of still pictures.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmselfshot.apis.label_arms import TITLES, write_label_arms
from mmselfshot.apis.toy_steps import ToySteps, format_columns
from mmselfshot.apis.uvis_ladder import OFF, ON, WORLD
from mmselfshot.utils import write_json

NUM_VAL = 30  # half of the ladder's, for the sake of time
FILM_VIDEOS = (1, 2, 3)  # of the val videos, fixed so that runs compare
ROWS = (
    ('AP, classes pooled', 'pooled_AP'),
    ('AP50, classes pooled', 'pooled_AP50'),
    ('AP', 'AP'),
    ('AP50', 'AP50'),
    ('AP75', 'AP75'),
    ('identity switches per track', 'id_switches_per_track'),
)
LABEL_ROWS = (
    ('precision', 'precision'),
    ('recall', 'recall'),
    ('precision, any class', 'agnostic_precision'),
    ('recall, any class', 'agnostic_recall'),
)
TRACKERS = {'without memory': ('test_last', OFF), 'UVIS': ('test', ON)}


def run_uvis_demo(
    repo: str | Path,
    out: str | Path,
    config: str,
    num_workers: int = 2,
    world: Mapping[str, Any] | None = None,
    options: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Make ToyVIS with clutter, label it, train on the labels, show it all.

    What an interrupted demo finished is kept when it is run again.

    Args:
        repo: Folder that holds `tools` and `configs`.
        out: Where everything goes.
        config: Config below `repo`, with a part `labelling`.
        num_workers: Processes that draw the world.
        world: Options of the world that differ from the demo's.
        options: `key=value` texts for labelling, training and tests.

    Returns:
        The numbers that are printed: `labels`, by arm as of `label_quality`
        (without classes and videos); `scores`, with and without the tracking
        memory as of `summarize`; `films`; `seconds`.

    Raises:
        UserError: If a step fails.
    """
    from mmselfshot.engine.run_config import load_config
    from mmselfshot.evaluation.vis_report import make_report
    from mmselfshot.visualization import write_films

    steps = ToySteps(repo, out)
    out = steps.out
    drawn = {**WORLD, 'num_val': NUM_VAL, **(world or {})}
    _say(1, 'ToyVIS easy with clutter: drawing the videos (half a minute)')
    steps.make_world(num_workers=num_workers, **drawn)

    _say(2, 'Labelling the train videos: masks, names, filters')
    labels = steps.label(
        config, 'train', steps.world / 'uvis_pseudo.json', options
    )
    cfg = load_config(steps.repo / config, options).to_dict()
    truth = steps.world / 'val.json'
    quality = write_label_arms(
        labels,
        cfg['labelling']['filters'],
        steps.world / 'train.json',
        out / 'labels',
    )
    columns = {TITLES[arm]: one for arm, one in quality.items()}
    print(format_columns('pseudo labels', columns, LABEL_ROWS), flush=True)

    _say(3, 'Training on the labels')
    checkpoint = steps.train(config, 'uvis', labels, options)

    _say(4, 'Testing on the val videos, without and with tracking memory')
    reports = {}
    for name, (folder, tracker) in TRACKERS.items():
        results = steps.test(config, checkpoint, folder, [tracker, *options])
        reports[name] = make_report(results, truth)
    scores = {name: one['summary'] for name, one in reports.items()}
    title = f'ToyVIS easy, {drawn["num_val"]} val videos'
    print(format_columns(title, scores, ROWS), flush=True)

    _say(5, 'Films and the page')
    films = write_films(
        out / 'test/results.json',
        truth,
        steps.world / 'val/JPEGImages',
        out / 'films',
        video_ids=FILM_VIDEOS[: drawn['num_val']],
    )
    sheet = _write_sheet(labels, steps.world, out)
    record = {
        'labels': {
            arm: {k: v for k, v in one.items() if not isinstance(v, dict)}
            for arm, one in quality.items()
        },
        'scores': scores,
        'films': [str(film) for film in films],
        'seconds': round(steps.seconds),
    }
    _write_page(out / 'page.html', record, sheet)
    write_json(out / 'demo.json', record)
    print(f'{record["seconds"]} s in all; see {out / "page.html"}')
    return record


def _write_sheet(labels: Path, world: Path, out: Path) -> Path:
    """Kept and dropped masks."""
    from mmselfshot.labelling.candidate_store import read_candidates
    from mmselfshot.visualization.contact_sheet import write_contact_sheet

    table = read_candidates(labels, with_reasons=True)
    sheet = out / 'candidates.html'
    write_contact_sheet(table, world / 'train/JPEGImages', sheet)
    return sheet


def _write_page(path: Path, record: dict[str, Any], sheet: Path) -> None:
    from mmselfshot.visualization.page import Page

    page = Page('UVIS on ToyVIS: no label of a video')
    page.add_text(
        'Masks come from self-supervised features, names from a toy CLIP '
        'that has seen captions of still pictures. True labels are looked '
        'at only to measure.'
    )
    page.add_heading('Pseudo labels of the train videos')
    page.add_table(
        ['', *(TITLES[arm] for arm in record['labels'])],
        [
            [name, *(f'{one[key]:.3f}' for one in record['labels'].values())]
            for name, key in LABEL_ROWS
        ],
    )
    page.add_link('kept and dropped masks', sheet.name)
    page.add_heading('Scores on the val videos')
    page.add_table(
        ['', *record['scores']],
        [
            [name, *(f'{one[key]:.3f}' for one in record['scores'].values())]
            for name, key in ROWS
        ],
    )
    page.add_heading('Val videos: truth on the left, prediction on the right')
    for film in map(Path, record['films']):
        page.add_picture(film.with_suffix('.png'), f'video {film.stem}')
        page.add_link(film.name, f'{film.parent.name}/{film.name}')
    page.add_text(f'{record["seconds"]} s in all.')
    page.write(path)


def _say(step: int, what: str) -> None:
    print(f'[{step}/5] {what}', flush=True)
