"""What `tools/train.py` does."""

from collections.abc import Sequence
from pathlib import Path

from mmengine.config import Config
from mmengine.runner import Runner
from torch import nn

from mmselfshot.engine.checkpoint_guard_hook import CheckpointGuardHook
from mmselfshot.engine.processes import is_first_process, prepare_processes
from mmselfshot.engine.run_config import (
    add_tensorboard,
    choose_work_dir,
    enable_lr_scaling,
    hash_config,
    load_config,
    set_precision,
)
from mmselfshot.engine.run_record import make_record, read_record, write_record
from mmselfshot.engine.safe_checkpoint_hook import find_last_checkpoint
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError


def train(
    config: str | Path,
    work_dir: str | None = None,
    options: Sequence[str] = (),
    resume: str | None = None,
    amp: bool = False,
    auto_scale_lr: bool = False,
    tensorboard: bool = False,
    launcher: str = 'none',
    local_rank: int = 0,
) -> nn.Module:
    """Train what a config describes.

    Args:
        config: Path of the config.
        work_dir: Where checkpoints and logs go.
        options: `key=value` texts, see `mmselfshot.utils.config_keys`.
        resume: `auto` goes on from the last checkpoint of the work dir, if
            there is one; `no` starts anew; a path goes on from that file.
            None goes on if the work dir holds an unfinished run of the very
            same config, and starts anew otherwise.
        amp: Mixed precision, where there is a GPU.
        auto_scale_lr: Scale the learning rate with the total batch size.
        tensorboard: Log for TensorBoard, too.
        launcher: What started the processes, see `prepare_processes`.
        local_rank: Given by old launchers.

    Returns:
        The trained model.

    Raises:
        UserError: If the config, an option, a checkpoint or the data is
            unusable.
    """
    cfg = load_config(config, options)
    say = print if is_first_process() else _say_nothing
    precision = set_precision(cfg, amp)
    if precision:
        say(precision)
    if auto_scale_lr:
        enable_lr_scaling(cfg)
    if tensorboard:
        add_tensorboard(cfg)
    folder = choose_work_dir(cfg, work_dir)
    _choose_start(cfg, folder, resume, say)
    _check_start(cfg)
    prepare_processes(cfg, launcher, local_rank)
    if cfg.get('labelling'):
        from mmselfshot.apis.labelling import ensure_labels

        # the Runner builds its data set before any hook can run
        ensure_labels(cfg, say=say)
    runner = Runner.from_cfg(cfg)
    if cfg.get('load_from'):
        guard = CheckpointGuardHook(cfg.load_from, is_complete=cfg.resume)
        runner.register_hook(guard)
    record = make_record(cfg)
    record['seed'] = runner.seed
    if runner.rank == 0:
        write_record(folder, record)
    model = runner.train()
    if runner.rank == 0:
        write_record(folder, {**record, 'finished': True})
    return model


def _choose_start(cfg: Config, folder: Path, resume: str | None, say) -> None:
    """Set `resume` and `load_from`: anew, or from which checkpoint."""
    checkpoint: Path | None = None
    if resume is None and cfg.get('resume'):
        resume = cfg.get('load_from') or 'auto'
    if resume in (None, 'auto'):
        checkpoint = find_last_checkpoint(folder)
    elif resume != 'no':
        checkpoint = Path(resume)
    record = read_record(folder) if resume is None else {}
    if record:
        is_same = record.get('config_hash') == hash_config(cfg)
        if not is_same:
            checkpoint = None
            say(f'{folder} holds a run of another config; starting anew')
        elif checkpoint is None:
            say(f'{folder} holds no checkpoint yet; starting anew')
        elif record.get('finished'):
            say(f'{folder} holds this run, finished; --resume no trains anew')
    elif resume is None:
        checkpoint = None
    cfg.resume = checkpoint is not None
    if checkpoint is not None:
        cfg.load_from = str(checkpoint)
        say(f'going on from {checkpoint}')
    elif resume == 'auto':
        say(f'{folder} holds no checkpoint yet; starting anew')


def _check_start(cfg: Config) -> None:
    """Ask the model whether it may start from what the config names.

    Raises:
        UserError: As of the model's `check_start`, if it has one; if there
            is no training in the config.
    """
    model = MODELS.get(cfg.model['type']) if cfg.get('model') else None
    check = getattr(model, 'check_start', None)
    if check is not None:
        check(cfg)
    if not cfg.get('train_cfg') or not cfg.get('train_dataloader'):
        raise UserError(
            f'{cfg.filename} has no train_cfg or no train_dataloader, so '
            'there is nothing to train; test it with tools/test.py'
        )


def _say_nothing(line: str) -> None:
    """Print nothing: another process prints it."""
