"""Train the small DINO backbones of ToyVIS without labels, and publish them.

Ours, no paper: pictures only, never a kind, a caption, a mask or a video.
Kinds are used once, after the training, to record what the features tell.
"""

import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from mmselfshot.apis.toy_backbone import STILLS_SEED, publish_weights

STILLS = dict(still_side=96, still_max_objects=3, max_clutter=1)
PROBE = dict(still_side=64, still_max_objects=1, max_clutter=0)  # close-ups
_MEAN = (123.675, 116.28, 103.53)
_STD = (58.395, 57.12, 57.375)


def train_toy_dino(
    config: str | Path,
    out: str | Path,
    data_root: str | Path,
    work_dir: str | Path,
    num_stills: int = 4000,
    num_workers: int = 1,
) -> dict:
    """Make the stills, train on them, write weights and their record.

    An interrupted training goes on from its last checkpoint.

    Args:
        config: configs/toyvis/dino_vit_stills.py or one like it.
        out: The weights' file; the record lies beside it as .json.
        data_root: Where the stills lie or are to be made.
        work_dir: Where checkpoints and logs go.
        num_stills: Pictures to train on.
        num_workers: Processes that draw stills.

    Returns:
        The record: options, seed, accuracy, size and hash.
    """
    from mmengine.config import Config
    from mmengine.runner import Runner

    import mmselfshot.registry  # noqa: F401  (the registries of the config)
    from mmselfshot.datasets.toyvis import make_world
    from mmselfshot.engine import find_last_checkpoint
    from mmselfshot.engine.run_record import find_commit

    make_world(
        data_root,
        level='standard',
        seed=STILLS_SEED,
        num_workers=num_workers,
        num_train=0,
        num_val=0,
        num_pool=0,
        num_davis_train=0,
        num_davis_val=0,
        num_stills_train=num_stills,
        num_stills_val=1,
        **STILLS,
    )
    cfg = Config.fromfile(config)
    cfg.train_dataloader.dataset.data_root = str(data_root)
    cfg.work_dir = str(work_dir)
    last = find_last_checkpoint(work_dir)
    cfg.load_from, cfg.resume = (str(last), True) if last else (None, False)
    start = time.time()
    runner = Runner.from_cfg(cfg)
    runner.train()
    seconds = round(time.time() - start)
    backbone = runner.model.backbone
    # what is shipped is what is measured
    state = {name: v.cpu() for name, v in backbone.state_dict().items()}
    for value in state.values():
        if value.is_floating_point():
            value.copy_(value.half())
    record = {
        'what': 'DINO on ToyVIS stills without labels',
        'config': Path(config).name,
        'stills': {
            'level': 'standard',
            'seed': STILLS_SEED,
            **STILLS,
            'train': num_stills,
        },
        'seed': runner.seed,
        'neighbours': probe(backbone),
        'seconds': seconds,
        'is_resumed': last is not None,
        'commit': find_commit(),
        'torch': str(torch.__version__),
    }
    return publish_weights(state, out, record)


def probe(
    backbone: nn.Module, num_train: int = 2000, num_val: int = 400
) -> dict:
    """What the 20 nearest neighbours tell of close-ups of one object.

    Args:
        backbone: `DINOVisionTransformer`, or a backbone that returns maps.
        num_train: Close-ups that are known.
        num_val: Held-out ones that are named.

    Returns:
        Accuracies of `kind`, `colour` and `background` in [0, 1], the share
        of the most frequent name as `chance`, and what was asked.
    """
    from mmselfshot.evaluation.nearest_neighbours import neighbour_accuracy

    backbone.eval()
    known, names = draw_features(backbone, 'stills_train', num_train)
    asked, truths = draw_features(backbone, 'stills_val', num_val)
    accuracy, chance = {}, {}
    for attribute, of_known in names.items():
        found = sorted({*of_known, *truths[attribute]})
        numbers = {name: k for k, name in enumerate(found)}
        labels, truth = (
            torch.tensor([numbers[name] for name in column])
            for column in (of_known, truths[attribute])
        )
        accuracy[attribute] = neighbour_accuracy(
            (known, labels), (asked, truth)
        )
        chance[attribute] = float(truth.bincount().max() / len(truth))
    return {
        'accuracy': accuracy,
        'chance': chance,
        'train': num_train,
        'val': num_val,
        **PROBE,
    }


@torch.no_grad()
def draw_features(
    backbone: nn.Module, split: str, num: int
) -> tuple[Tensor, dict[str, list[str]]]:
    """Features (N, C) of stills of one object, and names by attribute."""
    from mmselfshot.datasets.toyvis import make_options
    from mmselfshot.datasets.toyvis.jobs import item_rng
    from mmselfshot.datasets.toyvis.stills import make_still

    options = make_options('standard', **PROBE)
    mean, std = (torch.tensor(x)[:, None, None] for x in (_MEAN, _STD))
    features: list[Tensor] = []
    names: dict[str, list[str]] = dict(kind=[], colour=[], background=[])
    for first in range(0, num, 50):
        pictures = []
        for index in range(first, min(first + 50, num)):
            rng = item_rng('standard', STILLS_SEED, split, index)
            picture, labels = make_still(options, rng)
            pictures.append(picture)
            labels.update(labels['objects'][0])
            for attribute, column in names.items():
                column.append(labels[attribute])
        batch = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2)
        batch = nn.functional.interpolate(
            (batch - mean) / std, scale_factor=1.5, mode='bilinear'
        )
        found = backbone(batch)
        if isinstance(found, tuple):
            found = found[-1].mean((2, 3))
        features.append(found)
    return torch.cat(features), names
