"""What `tools/test.py` does."""

from collections.abc import Sequence
from pathlib import Path

from mmengine.config import Config
from mmengine.runner import Runner

from mmselfshot.engine.checkpoint_guard_hook import CheckpointGuardHook
from mmselfshot.engine.processes import prepare_processes
from mmselfshot.engine.run_config import (
    choose_work_dir,
    load_config,
    set_precision,
)
from mmselfshot.utils import UserError, write_json


def test(
    config: str | Path,
    checkpoint: str | Path,
    work_dir: str | None = None,
    out: str | Path | None = None,
    show_dir: str | Path | None = None,
    options: Sequence[str] = (),
    launcher: str = 'none',
    local_rank: int = 0,
    split: str = 'test',
) -> dict[str, float]:
    """Score a checkpoint on the test videos of a config.

    Args:
        config: Path of the config.
        checkpoint: Path of the weights.
        work_dir: Where the log goes.
        out: Folder that gets `results.json`, `results.zip` and
            `metrics.json`.
        show_dir: Folder that gets a film per video.
        options: `key=value` texts, see `mmselfshot.utils.config_keys`.
        launcher: What started the processes, see `prepare_processes`.
        local_rank: Given by old launchers.
        split: `test`, or `val` for the videos that training validates on.

    Returns:
        The numbers of the config's metrics.

    Raises:
        UserError: If the config, an option, the checkpoint or the data is
            unusable.
    """
    cfg = load_config(config, options)
    if split == 'val' and cfg.get('val_dataloader') is not None:
        cfg.test_dataloader = cfg.val_dataloader
        cfg.test_evaluator = cfg.val_evaluator
    if cfg.get('test_dataloader') is None:
        raise UserError(
            f'{config} has no test_dataloader; choose a config with test data'
        )
    folder = choose_work_dir(cfg, work_dir)
    set_precision(cfg, amp=False)
    results = None
    if out is not None or show_dir is not None:
        results = Path(out or folder / 'test') / 'results.json'
        _write_results_to(cfg, results)
    cfg.load_from = str(checkpoint)
    cfg.resume = False
    prepare_processes(cfg, launcher, local_rank)
    runner = Runner.from_cfg(cfg)
    runner.register_hook(CheckpointGuardHook(cfg.load_from))
    metrics = runner.test()
    if runner.rank == 0:
        if out is not None:
            write_json(Path(out) / 'metrics.json', metrics)
        if show_dir is not None:
            _write_films(runner, results, Path(show_dir))
    return metrics


def _write_results_to(cfg: Config, results: Path) -> None:
    """Let the metric for videos write its result file.

    Raises:
        UserError: If the config has no such metric.
    """
    metrics = cfg.test_evaluator
    if isinstance(metrics, dict):
        metrics = [metrics]
    writers = [one for one in metrics if one['type'].endswith('VISMetric')]
    if not writers:
        raise UserError(
            '--out and --show-dir need VISMetric in test_evaluator, found '
            f'{", ".join(one["type"] for one in metrics)}; add it'
        )
    writers[0]['outfile_prefix'] = str(results.with_suffix(''))


def _write_films(runner: Runner, results: Path, show_dir: Path) -> None:
    from mmselfshot.visualization import write_films

    dataset = runner.test_dataloader.dataset
    films = write_films(
        results, dataset.ann_file, dataset.data_prefix['img'], show_dir
    )
    runner.logger.info(f'wrote {len(films)} films to {show_dir}')
