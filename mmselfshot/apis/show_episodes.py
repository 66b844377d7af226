"""Pictures of test episodes: targets, what is found, and the supports.

Source: Self-Shot VIS (ECCV 2022), Fig. 3.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmselfshot.apis.tested_episodes import (
    build_test_episodes,
    build_tested_model,
)
from mmselfshot.apis.video_instance_inferencer import SCORE_THR
from mmselfshot.utils import UserError, write_atomically

PAGE = 'episodes.html'
PICTURES = 'pictures'
Say = Callable[[str], None]


def run_show_episodes(
    config: str | Path,
    checkpoint: str | Path,
    out: str | Path,
    num_queries: int = 12,
    score_thr: float = SCORE_THR,
    options: Sequence[str] = (),
    device: str | None = None,
    show_progress: bool = False,
    say: Say = print,
) -> list[Path]:
    """Draw queries with what a network finds in them.

    Args:
        config: With test episodes.
        checkpoint: Path of the weights.
        out: Folder; gets `episodes.html`, and in `pictures` a PNG for each
            query.
        num_queries: Of the test data, evenly spread.
        score_thr: Least score of what is drawn, in [0, 1].
        options: `key=value` texts for the config.
        device: As torch names it; None for the GPU if there is one.
        show_progress: Show a bar over the queries.
        say: Gets the lines for people.

    Returns:
        Paths of the pictures.

    Raises:
        UserError: If config, checkpoint or data cannot be used, or a file
            cannot be written.
    """
    from tqdm import tqdm

    from mmselfshot.datasets.pool_clip import spread_evenly
    from mmselfshot.engine.run_config import load_config
    from mmselfshot.visualization.episode_page import write_episode_page

    if num_queries < 1:
        raise UserError(f'{num_queries} queries; expected 1 or more')
    if not 0 <= score_thr <= 1:
        raise UserError(f'score_thr={score_thr}; expected 0 to 1')
    cfg = load_config(config, options)
    dataset = build_test_episodes(cfg)
    model = build_tested_model(cfg, checkpoint, device)
    truth = dataset.truth()
    total = min(num_queries, len(dataset))
    out = Path(out)
    paths, pictures = [], []
    chosen = spread_evenly(range(len(dataset)), total)
    for index in tqdm(chosen, unit='query', disable=not show_progress):
        caption, picture = _draw(model, dataset[index], truth, score_thr)
        paths.append(out / PICTURES / f'{index:06d}.png')
        _write_png(paths[-1], picture)
        pictures.append((caption, picture))
    write_episode_page(
        out / PAGE, f'{total} queries of {Path(config).name}', pictures
    )
    say(f'wrote {out / PAGE} and {len(paths)} pictures beside it')
    return paths


def _draw(
    model: Any, sample: Mapping[str, Any], truth: Any, score_thr: float
) -> tuple[str, np.ndarray]:
    """Caption and picture of a query."""
    from mmengine.dataset import pseudo_collate

    from mmselfshot.evaluation.vis_metric import tracks_to_results
    from mmselfshot.utils.video_io import read_image
    from mmselfshot.visualization.episode_page import (
        choose_frames,
        draw_episode,
    )
    from mmselfshot.visualization.tracks import (
        tracks_from_results,
        true_tracks,
    )

    meta = sample['data_samples'].metainfo
    video_id = meta['video_id']
    names = {one['id']: one['name'] for one in truth.categories}
    video = truth.videos[video_id]
    (predicted,) = model.test_step(pseudo_collate([sample]))
    found = tracks_from_results(
        tracks_to_results(video_id, predicted.pred_tracks, list(names)),
        names,
        (video['height'], video['width']),
        score_thr,
    )
    targets = true_tracks(truth.annotations[video_id], names)
    paths = video['file_names']
    frames = {
        number: read_image(paths[number])
        for number in choose_frames(len(paths))
    }
    supports = sample['inputs']['supports']
    kinds = ', '.join(names[one] for one in meta['category_ids'])
    picture = draw_episode(
        frames,
        targets,
        found,
        [one[len(one) // 2].permute(1, 2, 0).numpy() for one in supports],
        kinds,
    )
    caption = (
        f'{meta["video_name"]}: {kinds}, {len(targets)} targets, '
        f'{len(found)} found; supports {", ".join(meta["support_names"])}'
    )
    return caption, picture


def _write_png(path: Path, picture: np.ndarray) -> None:
    from PIL import Image

    with write_atomically(path) as beside, open(beside, 'wb') as file:
        Image.fromarray(picture).save(file, 'PNG')
