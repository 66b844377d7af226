"""The demo: a world, a training, a score, films; all with the real tools."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from mmselfshot.utils import UserError, write_json

FILM_VIDEOS = (1, 2, 3)  # of the val videos, fixed so that runs compare
ROWS = (
    ('AP, classes pooled', 'pooled_AP'),
    ('AP50, classes pooled', 'pooled_AP50'),
    ('AP', 'AP'),
    ('AP50', 'AP50'),
    ('AP75', 'AP75'),
    ('AR1', 'AR1'),
    ('AR10', 'AR10'),
    ('identity switches per track', 'id_switches_per_track'),
)


def run_demo(
    repo: str | Path, out: str | Path, config: str, num_workers: int = 2
) -> dict[str, Any]:
    """Make ToyVIS, train MinVIS on it, test it, film three videos.

    What an interrupted demo finished is kept when it is run again.

    Args:
        repo: Folder that holds `tools` and `configs`.
        out: Where everything goes.
        config: Config below `repo`.
        num_workers: Processes that draw the world.

    Returns:
        The numbers that are printed: `minvis` and `baseline`, each as of
        `summarize`; `films`, a list of dicts; `seconds`.

    Raises:
        UserError: If a step fails.
    """
    from mmselfshot.datasets import LabelFile
    from mmselfshot.datasets.toyvis import make_world
    from mmselfshot.engine import find_last_checkpoint
    from mmselfshot.evaluation import predict_mean_mask
    from mmselfshot.evaluation.vis_report import make_report
    from mmselfshot.visualization import write_films

    repo, out = Path(repo).resolve(), Path(out).resolve()
    world = out / 'data/toyvis'
    start = time.time()
    _say(1, 'ToyVIS easy: drawing 120 + 30 videos (half a minute)')
    make_world(world, level='easy', seed=0, num_workers=num_workers)

    _say(2, 'MinVIS: training on the 120 videos (below 8 minutes)')
    env = {**os.environ, 'MMSELFSHOT_DATA': str(out / 'data')}
    run_dir = out / 'minvis'
    _run(
        [
            repo / 'tools/train.py',
            repo / config,
            '--work-dir',
            run_dir,
        ],
        env,
    )
    checkpoint = find_last_checkpoint(run_dir)
    if checkpoint is None:
        raise UserError(f'the training left no checkpoint in {run_dir}')

    _say(3, 'Testing on the 30 val videos (half a minute)')
    results = out / 'test/results.json'
    _run(
        [
            repo / 'tools/test.py',
            repo / config,
            checkpoint,
            '--work-dir',
            out / 'test',
            '--out',
            out / 'test',
        ],
        env,
    )
    train = LabelFile.load(world / 'train.json')
    val = LabelFile.load(world / 'val.json')
    baseline = out / 'baseline/results.json'
    write_json(baseline, predict_mean_mask(train, val))
    reports = {
        'MinVIS': make_report(results, world / 'val.json'),
        'trivial': make_report(baseline, world / 'val.json'),
    }
    print(format_scores(reports))

    _say(4, 'Films of three val videos')
    films = out / 'films'
    write_films(
        results,
        world / 'val.json',
        world / 'val/JPEGImages',
        films,
        video_ids=FILM_VIDEOS,
    )
    num_checked = _predict_and_check(
        repo / config, checkpoint, val, world / 'val/JPEGImages', out
    )
    print(
        f'{num_checked} palette pictures in {out / "predict"} are equal to '
        'their results.json, pixel for pixel'
    )
    by_video = {one['id']: one for one in reports['MinVIS']['videos']}
    rows = [
        {'film': str(films / f'{video_id}.mp4'), **by_video[video_id]}
        for video_id in FILM_VIDEOS
    ]
    for row in rows:
        print(
            f'{row["film"]}: mean IoU {row["track_iou"]:.3f}, '
            f'{row["id_switches"]} identity switches, '
            f'{row["num_objects"]} objects'
        )
    record = {
        'minvis': reports['MinVIS']['summary'],
        'baseline': reports['trivial']['summary'],
        'films': rows,
        'run': json.loads((run_dir / 'run.json').read_text()),
        'seconds': round(time.time() - start),
    }
    write_json(out / 'demo.json', record)
    print(f'{record["seconds"]} s in all; everything lies in {out}')
    return record


def _predict_and_check(
    config: Path, checkpoint: Path, val: Any, images: Path, out: Path
) -> int:
    """Predict the filmed videos as a user would; compare what was written.

    Returns:
        How many palette pictures were compared with the result files.
    """
    from mmselfshot.apis import VideoInstanceInferencer, check_masks

    folders = [
        (images / val.videos[video_id]['file_names'][0]).parent
        for video_id in FILM_VIDEOS
    ]
    predict = VideoInstanceInferencer(config, checkpoint)
    done = predict(folders, out_dir=out / 'predict', show_progress=True)
    return sum(check_masks(one.folder) for one in done)


def format_scores(reports: dict[str, dict]) -> str:
    """The table of the demo, one column per method.

    Args:
        reports: By method, what `make_report` gives.
    """
    names = list(reports)
    lines = [
        f'{"ToyVIS easy, 30 val videos":30}'
        + ''.join(f'{name:>10}' for name in names)
    ]
    for title, key in ROWS:
        values = [reports[name]['summary'][key] for name in names]
        lines.append(
            f'{title:30}' + ''.join(f'{value:10.3f}' for value in values)
        )
    return '\n'.join(['', *lines, ''])


def _say(step: int, what: str) -> None:
    print(f'[{step}/4] {what}', flush=True)


def _run(command: list, env: dict[str, str]) -> None:
    """Run a tool as a user does; its output goes to the terminal."""
    words = [sys.executable, *(str(word) for word in command)]
    status = subprocess.run(words, env=env).returncode
    if status:
        raise UserError(
            f'{Path(words[1]).name} ended with status {status}, see above; '
            'the same command goes on where it stopped'
        )
