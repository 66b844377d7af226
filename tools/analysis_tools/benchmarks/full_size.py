"""Memory and time of Self-Shot VIS at the paper's sizes, on the CPU.

A forward pass with masks: a query of 32 frames of 280 x 320 pixels, five
supports of 24, the network of selfshot_1shot_selfvis.py with random weights;
with `--train` one step of that config, one support. Videos are of ToyVIS, and
go through the config's own pipeline. Memory is the peak of the whole process;
what the attention matrices alone would need is computed beside it. Takes some
minutes on one core.

Example:
    python tools/analysis_tools/benchmarks/full_size.py --train
"""

import argparse
import resource
import tempfile
import time
from math import ceil
from pathlib import Path

from mmselfshot.utils import UserError, run_tool

CONFIG = 'configs/selfshot/selfshot_1shot_selfvis.py'
REPO = Path(__file__).resolve().parents[3]
STRIDE = 16
FORWARD_GB, TRAIN_GB = 6, 24  # at most
NUM_VIDEOS = 120  # two of each of 60 kinds


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--train', action='store_true')
    parser.add_argument(
        '--supports', type=int, help='default: 5, and 1 with --train'
    )
    parser.add_argument('--seed', type=int, default=0)
    return parser.parse_args()


def load_full_size(world: Path, num_supports: int):
    """The config, with the videos of a ToyVIS world and random weights."""
    from mmselfshot.engine.run_config import load_config

    cfg = load_config(REPO / CONFIG, [])
    cfg.model.backbone.init_cfg = None
    cfg.train_dataloader.update(num_workers=0, persistent_workers=False)
    cfg.train_dataloader.dataset.update(
        data_root=str(world),
        ann_file='fewshot_train.json',
        data_prefix=dict(img='fewshot_train/JPEGImages/'),
        split='split.json',
        num_supports=num_supports,
    )
    return cfg


def describe_matrices(cfg, num_supports: int) -> str:
    """Size in GiB of what plain attention holds in a layer, computed."""
    data = cfg.train_dataloader.dataset
    height, width = data.pipeline[0]['size']
    cells = ceil(height / STRIDE) * ceil(width / STRIDE)
    query = data.num_frames * cells
    support = data.support_frames * cells
    heads = cfg.model.encoder.num_heads

    def size(rows: int, columns: int) -> float:
        return heads * rows * columns * 4 / 2**30

    return (
        f'one matrix of plain attention, computed: {size(query, query):.2f} '
        f'GiB in the encoder, {size(query, num_supports * support):.2f} GiB '
        'in the fuser; a plain forward pass holds two at a time'
    )


def run_forward(cfg, model, data: dict) -> str:
    """Predict with masks of all slots."""
    data = model.data_preprocessor(data, False)
    (sample,) = model.predict(data['inputs'], data['data_samples'])
    tracks = sample.pred_tracks
    return f'{len(tracks)} tracks'


def run_step(cfg, model, data: dict) -> str:
    """Losses, gradients and a step of the optimiser."""
    from mmengine.optim import build_optim_wrapper

    model.train()
    losses = model.train_step(
        data, build_optim_wrapper(model, cfg.optim_wrapper)
    )
    return f'loss {losses["loss"].item():.2f}'


def main() -> None:
    args = parse_args()
    import torch
    from mmengine.registry import DefaultScope
    from mmengine.runner import Runner

    from mmselfshot.apis.toy_backbone import NO_STILLS, NO_VIDEOS
    from mmselfshot.datasets.toyvis import make_world
    from mmselfshot.registry import MODELS

    torch.manual_seed(args.seed)
    num_supports = args.supports or (1 if args.train else 5)
    with tempfile.TemporaryDirectory() as folder:
        options = {
            **NO_VIDEOS['fewshot'],
            **NO_STILLS,
            'num_train': NUM_VIDEOS,
        }
        make_world(folder, 'fewshot', args.seed, **options)
        cfg = load_full_size(Path(folder), num_supports)
        if not args.train:
            cfg.model.test_cfg = dict(score_thr=0.0)  # masks of all slots
        with DefaultScope.overwrite_default_scope('mmselfshot'):
            loader = Runner.build_dataloader(cfg.train_dataloader, args.seed)
            model = MODELS.build(cfg.model).eval()
            data = next(iter(loader))
    print(describe_matrices(cfg, num_supports), flush=True)
    run, limit = (
        (run_step, TRAIN_GB) if args.train else (run_forward, FORWARD_GB)
    )
    wall, start = time.time(), time.process_time()
    result = run(cfg, model, data)
    seconds, wall = time.process_time() - start, time.time() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
    print(
        f'{"step" if args.train else "forward pass"}, {num_supports} x '
        f'support: {result}; {seconds:.0f} CPU s, {wall:.0f} s; peak of the '
        f'process {peak:.2f} GB (at most {limit})'
    )
    if peak > limit:
        raise UserError(f'peak of {peak:.2f} GB, expected at most {limit}')


if __name__ == '__main__':
    run_tool(main)
