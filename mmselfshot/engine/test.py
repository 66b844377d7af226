"""What `tools/test.py` does."""

from collections.abc import Sequence
from pathlib import Path

from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import Runner

from mmselfshot.engine.checkpoint_guard_hook import CheckpointGuardHook
from mmselfshot.engine.processes import prepare_processes
from mmselfshot.engine.run_config import (
    choose_work_dir,
    load_config,
    set_precision,
)
from mmselfshot.registry import MODELS, SCOPE
from mmselfshot.structures.kept_tracks import (
    KeptTracks,
    clear_others,
    kept_folder,
)
from mmselfshot.utils import UserError, write_json
from mmselfshot.utils.hashes import files_below_roots, hash_file, hash_of
from mmselfshot.utils.tool_options import NO_CHECKPOINT
from mmselfshot.version import __version__

TRACK_METRICS = ('VISMetric', 'EpisodeMetric')  # of whole videos


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

    A test of videos that was interrupted goes on: what `VISMetric` finished
    is kept until the end, beside the results or in the work dir.

    Args:
        config: Path of the config.
        checkpoint: Path of the weights; 'none' for a model without any.
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
    has_checkpoint = str(checkpoint) != NO_CHECKPOINT
    cfg.load_from = str(checkpoint) if has_checkpoint else None
    cfg.resume = False
    if not has_checkpoint:
        _check_weightless(cfg, launcher)
    kept = _keep_finished(cfg, results.parent if results else folder)
    prepare_processes(cfg, launcher, local_rank)
    runner = Runner.from_cfg(cfg)
    if has_checkpoint:
        runner.register_hook(CheckpointGuardHook(cfg.load_from))
    if kept is not None and runner.rank == 0:
        _report_kept(runner, kept)
    metrics = runner.test()
    if runner.rank == 0:
        if out is not None:
            write_json(Path(out) / 'metrics.json', metrics)
        if show_dir is not None:
            _write_films(runner, results, Path(show_dir))
    return metrics


def _check_weightless(cfg: Config, launcher: str) -> None:
    """Refuse a model that needs weights, and processes that share them.

    Raises:
        UserError: In both cases.
    """
    with DefaultScope.overwrite_default_scope(SCOPE):
        model = MODELS.build(cfg.model)
    if next(model.parameters(), None) is not None:
        raise UserError(
            f'the {cfg.model.type} of the config has weights, and no '
            'checkpoint is given; give its path, or make one with '
            'tools/train.py'
        )
    if launcher != 'none':
        raise UserError(
            'a model without weights is scored by one process; leave out '
            f'--launcher {launcher}'
        )


def _write_results_to(cfg: Config, results: Path) -> None:
    """Let the metric for videos write its result file.

    Raises:
        UserError: If the config has no such metric.
    """
    metrics = _metrics_of(cfg)
    writers = [one for one in metrics if one['type'].endswith(TRACK_METRICS)]
    if not writers:
        raise UserError(
            '--out and --show-dir need VISMetric or EpisodeMetric in '
            'test_evaluator, found '
            f'{", ".join(one["type"] for one in metrics)}; add it'
        )
    writers[0]['outfile_prefix'] = str(results.with_suffix(''))


def _metrics_of(cfg: Config) -> list[dict]:
    metrics = cfg.test_evaluator
    return [metrics] if isinstance(metrics, dict) else metrics


def _keep_finished(cfg: Config, place: Path) -> Path | None:
    """Let sampler and metric keep finished videos in a folder of this test.

    Returns:
        The folder; None if the config tests in another way than video by
        video with a `VISMetric` alone, or has no checkpoint to read.
    """
    metrics = _metrics_of(cfg)
    sampler = cfg.test_dataloader.get('sampler') or {}
    is_by_video = str(sampler.get('type')).endswith('VideoTestSampler')
    is_vis = len(metrics) == 1 and metrics[0]['type'].endswith(TRACK_METRICS)
    weights = NO_CHECKPOINT
    if cfg.load_from is not None:
        checkpoint = Path(cfg.load_from).expanduser()
        weights = hash_file(checkpoint) if checkpoint.is_file() else None
    if not (is_by_video and is_vis and weights):
        return None
    loader = cfg.test_dataloader.to_dict()
    made_from = [
        *(cfg.model.to_dict(), loader, files_below_roots(loader)),
        *(weights, metrics[0]['ann_file'], __version__),
    ]
    kept = kept_folder(place, hash_of(made_from))
    sampler['kept'] = metrics[0]['kept'] = str(kept)
    return kept


def _report_kept(runner: Runner, kept: Path) -> None:
    """Say what of earlier tests counts, and remove what does not."""
    finished = len(KeptTracks(kept).video_ids())
    if finished:
        runner.logger.info(
            f'going on with an interrupted test: {finished} videos are done'
        )
    if clear_others(kept):
        runner.logger.info(
            'an interrupted test in this place was of another config, '
            'checkpoint, label file or file of pairs: starting anew'
        )


def _write_films(runner: Runner, results: Path, show_dir: Path) -> None:
    from mmselfshot.visualization import write_films

    dataset = runner.test_dataloader.dataset
    place = dataset.ann_file, dataset.data_prefix['img']
    if 'truth' in dataset.metainfo:  # of queries, in their own frames
        place = dataset.metainfo['truth'], ''
    films = write_films(results, *place, show_dir)
    runner.logger.info(f'wrote {len(films)} films to {show_dir}')
