"""Train the small backbone that ToyVIS runs start from, and publish it.

Ours, no paper. From stills: pictures and their kinds only, never a video or a
mask; the kinds are the true ones, or those that the toy CLIP sees. From
videos of seen kinds: their frames, kinds and masks, as a detector's backbone.
"""

import hashlib
import time
from pathlib import Path
from typing import Any

import torch

from mmselfshot.utils import UserError, write_atomically, write_json

STILLS_SEED = 1  # not the seed of any world that is scored
CLOSE_UPS = dict(still_side=64, still_max_objects=1)
# of a level, what makes its world one of close-ups alone
STILLS: dict[str, dict[str, int]] = {
    'standard': dict(CLOSE_UPS, max_clutter=0),
    'fewshot': CLOSE_UPS,
}
NO_VIDEOS: dict[str, dict[str, int]] = {
    'standard': dict.fromkeys(
        ['num_train', 'num_val', 'num_pool']
        + ['num_davis_train', 'num_davis_val'],
        0,
    ),
    'fewshot': dict.fromkeys(
        ['num_train', 'num_queries', 'num_swap', 'num_multi', 'num_pool'], 0
    ),
}
NO_STILLS = dict(num_stills_train=0, num_stills_val=0)


def train_toy_backbone(
    config: str | Path,
    out: str | Path,
    data_root: str | Path,
    work_dir: str | Path,
    num_stills: int = 16000,
    num_workers: int = 2,
    level: str = 'standard',
    num_videos: int = 0,
) -> dict:
    """Make stills or videos, train on them, write weights and their record.

    An interrupted training goes on from its last checkpoint.

    Args:
        config: configs/toyvis/backbone_stills.py or one like it.
        out: The weights' file; the record lies beside it as .json.
        data_root: Where the stills lie or are to be made.
        work_dir: Where checkpoints and logs go.
        num_stills: Pictures to train on; a tenth as many validate.
        num_workers: Processes that draw stills.
        level: Of the stills, `standard` or `fewshot`; the latter show seen
            kinds only.
        num_videos: Train on so many videos of seen kinds instead, of level
            `fewshot`.

    Returns:
        The record: command's options, seed, accuracy, size and hash; where
        CLIP gave the names, `names_right`, the share of them that is true.
    """
    from mmengine.config import Config
    from mmengine.runner import Runner

    import mmselfshot.registry  # noqa: F401  (the registries of the config)
    from mmselfshot.datasets.toyvis import make_world
    from mmselfshot.engine import find_last_checkpoint
    from mmselfshot.engine.run_record import find_commit

    options = _world_options(level, num_stills, num_videos)
    make_world(data_root, level, STILLS_SEED, num_workers, **options)
    cfg = Config.fromfile(config)
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        loader.dataset.data_root = str(data_root)
    cfg.work_dir = str(work_dir)
    last = find_last_checkpoint(work_dir)
    cfg.load_from, cfg.resume = (str(last), True) if last else (None, False)
    start = time.time()
    runner = Runner.from_cfg(cfg)
    runner.train()
    (accuracy,) = runner.val_loop.run().values()
    state = runner.model.backbone.state_dict()
    record = {
        **_describe(runner.train_dataloader.dataset, data_root),
        'config': Path(config).name,
        'world': {'level': level, 'seed': STILLS_SEED, **options},
        'seed': runner.seed,
        'accuracy_val': accuracy,
        'seconds': round(time.time() - start),
        'is_resumed': last is not None,
        'commit': find_commit(),
        'torch': str(torch.__version__),
    }
    return publish_weights(state, out, record)


def _world_options(
    level: str, num_stills: int, num_videos: int
) -> dict[str, int]:
    """Options of a world of stills, or of training videos, alone."""
    if num_videos and level != 'fewshot':
        raise UserError(
            f'videos of level {level}; expected fewshot, whose training '
            'videos show seen kinds only'
        )
    if num_videos:
        return {**NO_VIDEOS[level], **NO_STILLS, 'num_train': num_videos}
    return dict(
        num_stills_train=num_stills,
        num_stills_val=num_stills // 10,
        **STILLS[level],
        **NO_VIDEOS[level],
    )


def _describe(dataset: Any, data_root: str | Path) -> dict[str, Any]:
    """What the backbone was trained on, and how right the names were."""
    from mmselfshot.datasets import (
        StillKindDataset,
        StillNamedDataset,
        VideoInstanceDataset,
    )

    if isinstance(dataset, VideoInstanceDataset):
        return {
            'what': 'ResNet trained on the kinds in cells of ToyVIS frames'
        }
    if not isinstance(dataset, StillNamedDataset):
        return {'what': 'ResNet trained on the kinds in ToyVIS stills'}
    true = StillKindDataset(str(data_root)).kinds
    given = dataset.labels
    return {
        'what': 'ResNet trained on ToyVIS stills as the toy CLIP names them',
        'names_right': float(true[range(len(given)), given].mean()),
    }


def publish_weights(
    state: dict[str, torch.Tensor], out: str | Path, record: dict
) -> dict:
    """Write weights in half precision and their record beside them.

    Args:
        state: Weights by name; what is no float stays as it is.
        out: File to write.
        record: How they were made.

    Returns:
        The record with `bytes`, `sha256` and `num_weights`.
    """
    out = Path(out)
    half = {
        name: value.half() if value.is_floating_point() else value
        for name, value in state.items()
    }
    with write_atomically(out) as beside:
        torch.save({'state_dict': half, 'meta': record}, beside)
    content = out.read_bytes()
    record = {
        **record,
        'num_weights': sum(value.numel() for value in half.values()),
        'bytes': len(content),
        'sha256': hashlib.sha256(content).hexdigest(),
    }
    write_json(out.with_suffix('.json'), record)
    return record
