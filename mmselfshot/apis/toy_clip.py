"""Train the small CLIP that names things in ToyVIS, and publish it.

Ours, no paper: stills and their captions only, never a video, a box or a
mask.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmselfshot.apis.toy_backbone import STILLS_SEED, publish_weights

STILLS = {  # by folder: one thing, from afar, closer, and with clutter
    'side64': dict(still_side=64, still_max_objects=1, max_clutter=0),
    'side48': dict(still_side=48, still_max_objects=1, max_clutter=0),
    'clutter56': dict(still_side=56, still_max_objects=1, max_clutter=1),
}
PROMPT = 'a photo of {}'
MOSTLY_VISIBLE = 0.7  # of an object's largest mask in its video
_NO_VIDEOS = dict(
    num_train=0, num_val=0, num_pool=0, num_davis_train=0, num_davis_val=0
)
_NO_STILLS = dict(num_stills_train=0, num_stills_val=0)


def train_toy_clip(
    configs: Sequence[str | Path],
    out: str | Path,
    data_root: str | Path,
    work_dir: str | Path,
    num_stills: int = 16000,
    num_videos: int = 60,
    num_workers: int = 2,
) -> dict[str, Any]:
    """Make the stills, train on them, write weights and their record.

    An interrupted training goes on from its last checkpoint.

    Args:
        configs: The stages, each starting from the weights of the one
            before: clip_stills.py, clip_stills_kinds.py and
            clip_stills_boxes.py in configs/toyvis, or others like them.
        out: The weights' file; the record lies beside it as .json and also
            describes the model, as `OpenCLIP(model_config=...)` reads it.
        data_root: Where the stills and the videos lie or are to be made.
        work_dir: Where checkpoints and logs go, a folder for each stage.
        num_stills: Pictures of each size to train on; a tenth as many
            validate.
        num_videos: Videos whose objects are named to measure, not to train.
        num_workers: Processes that draw.

    Returns:
        The record: options, seed, accuracies, model, size and hash.
    """
    import mmselfshot.registry  # noqa: F401  (the registries of the configs)
    from mmselfshot.engine.run_record import find_commit

    stills = draw_stills(data_root, num_stills, num_workers)
    videos = draw_videos(data_root, num_videos, num_workers)
    start = time.time()
    runner, is_resumed = None, False
    for config in configs:
        runner, is_continued = _train_stage(
            config, Path(work_dir) / Path(config).stem, data_root, runner
        )
        is_resumed = is_resumed or is_continued
    cfg, clip = runner.cfg, runner.model.clip.eval()
    preprocessor = cfg.model.data_preprocessor
    record = {
        'what': 'CLIP trained on captions of ToyVIS stills',
        'configs': [Path(config).name for config in configs],
        'model_cfg': cfg.model.clip.model_config.to_dict(),
        'preprocess_cfg': {
            name: [round(value / 255, 8) for value in preprocessor[name]]
            for name in ('mean', 'std')
        },
        'stills': {
            'level': 'standard',
            'seed': STILLS_SEED,
            'worlds': STILLS,
            'train': num_stills,
            'val': num_stills // 10,
        },
        'seed': runner.seed,
        **measure_toy_clip(clip, stills[0], videos, cfg.model.kinds),
        'seconds': round(time.time() - start),
        'is_resumed': is_resumed,
        'commit': find_commit(),
    }
    return publish_weights(clip.clip.state_dict(), out, record)


def _train_stage(
    config: str | Path, work_dir: Path, data_root: str | Path, before: Any
) -> tuple[Any, bool]:
    """Run a stage to its end, or what is left of it.

    Args:
        config: Of the stage.
        work_dir: Of the stage.
        data_root: Where the worlds of the stills lie.
        before: Runner of the stage before, or None.

    Returns:
        The runner, and whether there was something to go on from.
    """
    from mmengine.config import Config
    from mmengine.runner import Runner

    from mmselfshot.engine import find_last_checkpoint

    cfg = Config.fromfile(config)
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        loader.dataset.data_roots = [
            str(Path(data_root) / Path(root).name)
            for root in loader.dataset.data_roots
        ]
    cfg.work_dir = str(work_dir)
    last = find_last_checkpoint(work_dir)
    if last:
        cfg.load_from, cfg.resume = str(last), True
    elif before is not None:
        cfg.load_from = str(find_last_checkpoint(before.work_dir))
    runner = Runner.from_cfg(cfg)
    runner.train()
    return runner, last is not None


def draw_stills(
    data_root: str | Path, num_stills: int, num_workers: int = 2
) -> list[Path]:
    """Make the stills of every kind; what is there is kept."""
    from mmselfshot.datasets.toyvis import make_world

    roots = [Path(data_root) / name for name in STILLS]
    for root, changes in zip(roots, STILLS.values()):
        make_world(
            root,
            level='standard',
            seed=STILLS_SEED,
            num_workers=num_workers,
            num_stills_train=num_stills,
            num_stills_val=num_stills // 10,
            **changes,
            **_NO_VIDEOS,
        )
    return roots


def draw_videos(
    data_root: str | Path, num_videos: int, num_workers: int = 2
) -> Path:
    """Make videos of level `easy` with clutter, to measure on."""
    from mmselfshot.datasets.toyvis import make_world

    root = Path(data_root) / 'videos'
    changes = {**_NO_VIDEOS, **_NO_STILLS, 'num_val': num_videos}
    make_world(
        root,
        level='easy',
        seed=STILLS_SEED,
        num_workers=num_workers,
        max_clutter=3,
        **changes,
    )
    return root


def measure_toy_clip(
    clip: Any, stills: str | Path, videos: str | Path, kinds: list[str]
) -> dict[str, Any]:
    """Zero-shot accuracies with the prompt `a photo of {}`.

    Args:
        clip: An `OpenCLIP`.
        stills: World with held-out stills, looked at whole.
        videos: World of level `easy`, whose true boxes are cut out.
        kinds: All kinds of the stills.

    Returns:
        `accuracy_val` among all kinds and `accuracy_val_easy` among those of
        level `easy` on stills, `accuracy_boxes` by region on videos among
        the latter (`box_visible`: of objects that are mostly visible), and
        how many of each were looked at.
    """
    from mmselfshot.datasets.toyvis.outlines import EASY_KINDS
    from mmselfshot.evaluation.zero_shot import (
        accuracy_on_boxes,
        accuracy_on_stills,
    )
    from mmselfshot.labelling.clip_namer import REGIONS, CLIPNamer

    every, num_every = accuracy_on_stills(
        CLIPNamer(clip, kinds, (PROMPT,)), stills
    )
    easy, num_easy = accuracy_on_stills(
        CLIPNamer(clip, EASY_KINDS, (PROMPT,)), stills
    )
    boxes, counts = {}, {}
    for name, region, min_visible in (
        *((region, region, 0.0) for region in REGIONS),
        ('box_visible', 'box', MOSTLY_VISIBLE),
    ):
        boxes[name], counts[name] = accuracy_on_boxes(
            CLIPNamer(clip, EASY_KINDS, (PROMPT,), region=region),
            Path(videos) / 'val.json',
            Path(videos) / 'val' / 'JPEGImages',
            min_visible,
        )
    return {
        'prompt': PROMPT,
        'accuracy_val': every,
        'num_val': num_every,
        'accuracy_val_easy': easy,
        'num_val_easy': num_easy,
        'accuracy_boxes': boxes,
        'num_boxes': counts,
    }
