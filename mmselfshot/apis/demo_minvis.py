"""The demo of MinVIS: a world, a training, a score, films."""

import json
from pathlib import Path
from typing import Any

from mmselfshot.apis.toy_steps import ToySteps, format_columns
from mmselfshot.utils import write_json

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


def run_minvis_demo(
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
    from mmselfshot.evaluation import predict_mean_mask
    from mmselfshot.evaluation.vis_report import make_report
    from mmselfshot.visualization import write_films

    steps = ToySteps(repo, out)
    out, world = steps.out, steps.world
    _say(1, 'ToyVIS easy: drawing 120 + 30 videos (half a minute)')
    steps.make_world(num_workers=num_workers)

    _say(2, 'MinVIS: training on the 120 videos (below 8 minutes)')
    checkpoint = steps.train(config, 'minvis', world / 'train.json')

    _say(3, 'Testing on the 30 val videos (half a minute)')
    results = steps.test(config, checkpoint, 'test')
    train = LabelFile.load(world / 'train.json')
    val = LabelFile.load(world / 'val.json')
    baseline = out / 'baseline/results.json'
    write_json(baseline, predict_mean_mask(train, val))
    reports = {
        'MinVIS': make_report(results, world / 'val.json'),
        'trivial': make_report(baseline, world / 'val.json'),
    }
    columns = {name: one['summary'] for name, one in reports.items()}
    print(format_columns('ToyVIS easy, 30 val videos', columns, ROWS))

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
        steps.repo / config, checkpoint, val, world / 'val/JPEGImages', out
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
        'run': json.loads((out / 'minvis/run.json').read_text()),
        'seconds': round(steps.seconds),
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


def _say(step: int, what: str) -> None:
    print(f'[{step}/4] {what}', flush=True)
