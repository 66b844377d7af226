"""Attention before and after the fuser, over the queries of a config.

Source: Self-Shot VIS (ECCV 2022), Fig. 5; what is called attention here is
said in `models.selfshot.fuser_attention`. Ours: the share of it inside the
targets, and its change by the fuser with an interval over queries.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmselfshot.apis.tested_episodes import (
    build_test_episodes,
    build_tested_model,
)
from mmselfshot.utils import UserError, read_json, write_json

JSON = 'fuser_heatmap.json'
PAGE = 'fuser_heatmap.html'
Say = Callable[[str], None]


def run_fuser_heatmap(
    config: str | Path,
    checkpoint: str | Path,
    out: str | Path,
    num_queries: int | None = None,
    num_pictures: int = 12,
    options: Sequence[str] = (),
    device: str | None = None,
    show_progress: bool = False,
    num_draws: int = 1000,
    say: Say = print,
) -> dict[str, Any]:
    """Measure and draw the attention around the fuser.

    Queries that an earlier call with the same config, checkpoint and data
    measured are kept; those on the page are measured every time.

    Args:
        config: Of a `SelfShotVIS` with test data.
        checkpoint: Path of its weights.
        out: Folder; gets `fuser_heatmap.json`, `fuser_heatmap.html` and a
            file for each query.
        num_queries: Of the test data, evenly spread; None: all.
        num_pictures: Queries on the page.
        options: `key=value` texts for the config.
        device: As torch names it; None for the GPU if there is one.
        show_progress: Show a bar over the queries.
        num_draws: Of the bootstrap.
        say: Gets the lines for people.

    Returns:
        The content of the JSON file, see `summarise_shares`.

    Raises:
        UserError: If config, checkpoint or data cannot be used, the network
            has no fuser, or the queries have no supports.
    """
    from tqdm import tqdm

    from mmselfshot.datasets.pool_clip import spread_evenly
    from mmselfshot.engine.run_config import load_config
    from mmselfshot.evaluation.attention_share import summarise_shares
    from mmselfshot.visualization.attention_page import write_attention_page

    for number, what in ((num_queries, 'queries'), (num_pictures, 'pictures')):
        if number is not None and number < (what == 'queries'):
            raise UserError(f'{number} {what}; expected more')
    cfg = load_config(config, options)
    dataset = build_test_episodes(cfg, needs_masks=True)
    model = build_tested_model(cfg, checkpoint, device, needs_fuser=True)
    total = min(num_queries or len(dataset), len(dataset))
    chosen = spread_evenly(range(len(dataset)), total)
    made_by = _hash(cfg, dataset, checkpoint)
    out = Path(out)
    rows, pictures, num_kept = [], [], 0
    bar = tqdm(chosen, unit='query', leave=False, disable=not show_progress)
    for place, index in enumerate(bar):
        path = out / 'queries' / f'{index:06d}.json'
        row = _kept(path, made_by) if place >= num_pictures else None
        num_kept += row is not None
        if row is None:
            row, picture = _measure(model, dataset[index])
            write_json(path, {'made_by': made_by, **row})
            if place < num_pictures and row['num_frames']:
                pictures.append((row, picture))
        rows.append(row)
    if num_kept:
        say(f'{num_kept} of {total} queries were measured already')
    content = {
        'config': Path(config).name,
        'checkpoint': Path(checkpoint).name,
        'made_by': made_by,
        **summarise_shares(rows, num_draws),
    }
    write_json(out / JSON, content)
    lines = describe_shares(content)
    write_attention_page(out / PAGE, lines, pictures)
    for line in lines:
        say(line)
    say(f'wrote {out / JSON} and {out / PAGE}')
    return content


def describe_shares(content: Mapping[str, Any]) -> list[str]:
    """Lines for people, of the content of the JSON file."""
    mean, gain = content['mean'], content['after_minus_before']
    return [
        f'attention inside the targets, mean of {gain["num_videos"]} queries: '
        f'before the fuser {mean["before"]:.3f}, after it '
        f'{mean["after"]:.3f}, even attention {mean["chance"]:.3f}',
        f'after minus before: {gain["mean"]:+.3f}, 95 % interval '
        f'{gain["low"]:+.3f} to {gain["high"]:+.3f}',
    ]


def _hash(cfg: Any, dataset: Any, checkpoint: str | Path) -> str:
    """What the numbers were made by."""
    from mmselfshot.utils.hashes import hash_file, hash_of
    from mmselfshot.version import __version__

    return hash_of(
        [
            *(cfg.model.to_dict(), cfg.test_dataloader.dataset.to_dict()),
            *(dataset.ann_file, dataset.pairs, dataset.pool),
            *(hash_file(checkpoint), __version__),
        ]
    )


def _kept(path: Path, made_by: str) -> dict | None:
    if not path.is_file():
        return None
    row = read_json(path)
    return row if row.pop('made_by', None) == made_by else None


def _measure(model: Any, sample: dict) -> tuple[dict, np.ndarray]:
    """Numbers and picture of a query."""
    from mmengine.dataset import pseudo_collate

    from mmselfshot.evaluation.attention_share import attention_share
    from mmselfshot.models.selfshot.fuser_attention import (
        attention_around_fuser,
    )
    from mmselfshot.visualization.attention_page import draw_attention

    meta = sample['data_samples'].metainfo
    if not len(sample['inputs']['supports']):
        raise UserError(
            f'query {meta["video_name"]} has no supports; set '
            'test_dataloader.dataset.pairs and max_supports'
        )
    data = model.data_preprocessor(pseudo_collate([sample]))
    found = attention_around_fuser(model, data['inputs'])
    heats = [one[0].cpu() for one in found]
    real = slice(meta['num_frames'])
    masks = sample['data_samples'].gt_sequences.masks.any(0)
    shares = [attention_share(heat[real], masks[real]) for heat in heats]
    row = {
        'video_id': meta['video_id'],
        'name': meta['video_name'],
        'category_ids': list(meta['category_ids']),
        'supports': list(meta['support_names']),
        'num_frames': shares[0].num_frames,
        'before': shares[0].share,
        'after': shares[1].share,
        'chance': shares[0].chance,
    }
    if not row['num_frames']:  # JSON has no NaN
        row |= dict.fromkeys(('before', 'after', 'chance'))
    picture = draw_attention(
        sample['inputs']['query'][real],
        sample['inputs']['supports'],
        masks[real],
        [heat[real] for heat in heats],
    )
    return row, picture
