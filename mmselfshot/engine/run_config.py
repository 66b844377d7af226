"""From a config file and options to a config that the Runner can run."""

import difflib
import hashlib
import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path

from mmengine.config import Config

from mmselfshot.registry import SCOPE
from mmselfshot.utils import UserError
from mmselfshot.utils.config_keys import apply_options

# What may differ between a run and its continuation.
_OF_THE_CALL = (
    'work_dir',
    'load_from',
    'resume',
    'launcher',
    'env_cfg',
    'visualizer',
    'vis_backends',
)
_AMP_ONLY = ('dtype', 'loss_scale', 'use_fsdp')


def load_config(path: str | Path, options: Sequence[str] = ()) -> Config:
    """Read a config file and merge `key=value` options into it.

    Raises:
        UserError: If the file or one of its bases is missing, cannot be
            read as a config, or if an option is refused.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f'no config {path}; {_similar_files(path)}')
    if path.suffix not in ('.py', '.json', '.yaml', '.yml'):
        raise UserError(
            f'{path} is no config; expected a .py file such as those in '
            'configs/'
        )
    try:
        cfg = Config.fromfile(path)
    except FileNotFoundError as error:
        raise UserError(
            f'{path} inherits from a file that is missing: {error}; correct '
            'its _base_'
        ) from error
    except (SyntaxError, KeyError, NameError) as error:
        raise UserError(
            f'{path} cannot be read as a config: {type(error).__name__}: '
            f'{error}; correct the file'
        ) from error
    cfg.setdefault('default_scope', SCOPE)
    apply_options(cfg, options)
    for key in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        _settle_loader(cfg.get(key) or {})
    return cfg


def _settle_loader(loader: dict) -> None:
    """Drop what torch refuses when there are no worker processes."""
    if loader.get('num_workers') == 0:
        loader.pop('persistent_workers', None)
        loader.pop('prefetch_factor', None)


def _similar_files(path: Path) -> str:
    folder = path.parent
    while not folder.is_dir():
        folder = folder.parent
    names = {str(found) for found in folder.glob('**/*.py')}
    close = difflib.get_close_matches(str(path), sorted(names), n=1)
    return f'did you mean {close[0]}?' if close else 'check the path'


def choose_work_dir(cfg: Config, chosen: str | None) -> Path:
    """Set `work_dir`: the option, the config's, or one named as the config."""
    if chosen is not None:
        cfg.work_dir = chosen
    elif cfg.get('work_dir') is None:
        cfg.work_dir = os.path.join('work_dirs', Path(cfg.filename).stem)
    folder = Path(cfg.work_dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f'cannot make the folder {folder}: {error.strerror}; choose '
            'another --work-dir'
        ) from error
    return folder


def hash_config(cfg: Config) -> str:
    """Identify what a run computes, whatever its place and launcher."""
    kept = {
        key: value
        for key, value in cfg.to_dict().items()
        if key not in _OF_THE_CALL
    }
    return hashlib.sha256(repr(_sorted(kept)).encode()).hexdigest()[:16]


def _sorted(node):
    if isinstance(node, dict):
        return [(str(k), _sorted(node[k])) for k in sorted(node, key=str)]
    if isinstance(node, (list, tuple)):
        return [_sorted(value) for value in node]
    return node


def set_precision(cfg: Config, amp: bool) -> str | None:
    """Turn mixed precision on where there is a GPU, off where there is none.

    Returns:
        One line to print if mixed precision was asked for and is off.
    """
    import torch

    wrapper = cfg.get('optim_wrapper')
    if not wrapper:
        return None
    if amp and wrapper.get('type', 'OptimWrapper') == 'OptimWrapper':
        wrapper['type'] = 'AmpOptimWrapper'
        wrapper.setdefault('loss_scale', 'dynamic')
    if wrapper.get('type') != 'AmpOptimWrapper' or torch.cuda.is_available():
        return None
    wrapper['type'] = 'OptimWrapper'
    for key in _AMP_ONLY:
        wrapper.pop(key, None)
    return 'mixed precision is off: no GPU was found; training in float32'


def add_tensorboard(cfg: Config) -> None:
    """Let the visualizer write logs for TensorBoard beside its own.

    Raises:
        UserError: If tensorboard is not installed.
    """
    if importlib.util.find_spec('tensorboard') is None:
        raise UserError(
            '--tensorboard: the package is not installed; run pip install '
            'tensorboard'
        )
    visualizer = cfg.setdefault('visualizer', {'type': 'Visualizer'})
    backends = list(visualizer.get('vis_backends') or [])
    backends.append({'type': 'TensorboardVisBackend'})
    visualizer['vis_backends'] = backends


def enable_lr_scaling(cfg: Config) -> None:
    """Scale the learning rate with the total batch size.

    Raises:
        UserError: If the config does not say for which batch size its
            learning rate was chosen.
    """
    scaling = cfg.get('auto_scale_lr') or {}
    if 'base_batch_size' not in scaling:
        raise UserError(
            '--auto-scale-lr: the config has no auto_scale_lr.base_batch_size'
            '; add the batch size that its learning rate was chosen for'
        )
    scaling['enable'] = True
    cfg.auto_scale_lr = scaling
