"""Reading checkpoints without running what they carry.

torch>=2.6 refuses mmengine's own training checkpoints, because their log
history holds numpy arrays and methods of `HistoryBuffer`. Exactly these are
allowed here; a file that wants anything else imported is refused.
"""

import pickle
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from torch import Tensor, nn

from mmselfshot.utils.errors import UserError
from mmselfshot.utils.files import write_atomically
from mmselfshot.version import __version__

_WANTED = re.compile(r'GLOBAL ([\w.]+)')
_STATISTICS = ('min', 'max', 'current', 'mean')
_TOOLS = {  # by a part of the name of what they make, the first that fits
    'mask2former': 'minvis',
    'cutler': 'cutler',
    'dino': 'dino',
    'coco': 'coco_backbone',
}
_NO_WEIGHT = 'num_batches_tracked'


def _statistic_of_history(owner: type, name: str) -> Callable:
    """Stand in for `getattr`, which reaches everything, for these four."""
    if owner is not HistoryBuffer or name not in _STATISTICS:
        raise pickle.UnpicklingError(f'GLOBAL builtins.getattr of {name}')
    return getattr(HistoryBuffer, name)


def _allowed_globals() -> list:
    """What a training checkpoint of mmengine consists of, with its names."""
    core = np._core if hasattr(np, '_core') else np.core
    allowed: list = [HistoryBuffer, np.ndarray, np.dtype]
    for function in (core.multiarray._reconstruct, core.multiarray.scalar):
        for package in ('numpy._core', 'numpy.core'):
            name = f'{package}.multiarray.{function.__name__}'
            allowed.append((function, name))
    allowed += [
        getattr(np.dtypes, name)
        for name in dir(np.dtypes)
        if re.fullmatch(r'(Bool|Int\d+|UInt\d+|Float\d+|Str)DType', name)
    ]
    for module in ('builtins', '__builtin__'):
        allowed.append((_statistic_of_history, f'{module}.getattr'))
    return allowed


def load_from_local(
    filename: str | Path, map_location: Any = None
) -> dict[str, Any]:
    """Load a checkpoint file of mmengine, of torch, or plain weights.

    Args:
        filename: A local path; `~` is expanded.
        map_location: As in `torch.load`; None means the CPU.

    Returns:
        The mapping that the file holds.

    Raises:
        UserError: If the file is missing, is no checkpoint, is cut short, or
            wants to import something that weights do not need.
    """
    path = Path(filename).expanduser()
    if not path.is_file():
        raise UserError(_missing(path))
    try:
        with torch.serialization.safe_globals(_allowed_globals()):
            content = torch.load(
                path, map_location=map_location or 'cpu', weights_only=True
            )
    except (MemoryError, torch.OutOfMemoryError):
        raise
    except Exception as error:
        raise UserError(_refusal(path, error)) from error
    if not isinstance(content, Mapping):
        raise UserError(
            f'{path} holds a {type(content).__name__}; expected a checkpoint '
            'with weights; choose a file written by tools/train.py or '
            'tools/model_converters'
        )
    return content


def _missing(path: Path) -> str:
    if 'pretrained' in path.parts:
        if 'resnet50' in path.name:
            return (
                f'no weights {path}; put the official file there, see '
                'configs/uvis/README.md'
            )
        fitting = [tool for part, tool in _TOOLS.items() if part in path.name]
        tool = (*fitting, 'minvis')[0]
        return (
            f'no weights {path}; make them with: python '
            f'tools/model_converters/{tool}.py OFFICIAL_FILE {path}'
        )
    return (
        f'no checkpoint {path}; check the path, or make one with '
        'tools/train.py'
    )


def _refusal(path: Path, error: Exception) -> str:
    wanted = _WANTED.search(str(error))
    if isinstance(error, pickle.UnpicklingError) and wanted:
        return (
            f'checkpoint {path} wants to run {wanted[1]}; expected weights '
            'only; refused: get the file from a source you trust, or save '
            'its state_dict alone'
        )
    if isinstance(error, PermissionError):
        return f'cannot read {path}: {error.strerror}; check its permissions'
    lines = str(error).strip().splitlines() or ['']
    reason = lines[0].split('. ')[0][:120]
    if not any(one.isalpha() for one in reason):
        reason = f'{type(error).__name__} {reason}'.strip()
    return (
        f'{path} is no complete checkpoint ({reason}); copy or make it again'
    )


def save_converted(
    weights: Mapping[str, Tensor], source: str | Path, target: str | Path
) -> None:
    """Write converted weights, with the name of the file they came from.

    Args:
        weights: By name.
        source: The official file.
        target: File to write.
    """
    meta = dict(converted_from=Path(source).name, mmselfshot=__version__)
    with write_atomically(target) as beside:
        torch.save(dict(meta=meta, state_dict=dict(weights)), beside)


def weights_of(checkpoint: Mapping[str, Any]) -> dict[str, Tensor]:
    """Take the weights out of a checkpoint, without the prefix of DDP."""
    for key in ('state_dict', 'model'):
        if isinstance(checkpoint.get(key), Mapping):
            checkpoint = checkpoint[key]
            break
    return {
        re.sub(r'^module\.', '', key): value
        for key, value in checkpoint.items()
        if isinstance(value, Tensor)
    }


def check_weights(
    model: nn.Module,
    weights: Mapping[str, Tensor],
    path: str | Path,
    is_complete: bool = True,
) -> None:
    """Refuse the weights of another model before any of them is copied.

    Args:
        model: The network that the config describes.
        weights: Name to tensor, as `weights_of` gives them.
        path: The file, for the message.
        is_complete: Also every weight of the model must be in the file, in
            its shape. False for weights to start a training from.

    Raises:
        UserError: If fewer than half of the file's weights fit the model, or
            if some of the model's are missing although all are needed.
    """
    own = {
        key: value.shape
        for key, value in model.state_dict().items()
        if isinstance(value, Tensor)
    }
    fitting = {k for k, v in weights.items() if own.get(k) == v.shape}
    name = type(model).__name__
    if not fitting or 2 * len(fitting) < len(weights):
        raise UserError(
            f'{path} is a checkpoint of another model: {len(fitting)} of its '
            f'{len(weights)} weights fit the {name} of the config; choose '
            'the config that it was trained with'
        )
    lacking = [
        key for key in own if key not in fitting and _NO_WEIGHT not in key
    ]
    if is_complete and lacking:
        shown = ', '.join(_describe(key, own, weights) for key in lacking[:3])
        raise UserError(
            f'{path} does not fit the {name} of the config: {len(lacking)} '
            f'weights are missing or of another shape ({shown}); choose the '
            'config that it was trained with'
        )


def _describe(key: str, own: Mapping, weights: Mapping[str, Tensor]) -> str:
    if key not in weights:
        return f'{key} missing'
    found, expected = tuple(weights[key].shape), tuple(own[key])
    return f'{key} is {found}, expected {expected}'


def load_weights(model: nn.Module, path: str | Path) -> dict[str, Any]:
    """Fill all of a model's weights from a checkpoint file.

    Returns:
        The `meta` of the checkpoint, empty if it has none.

    Raises:
        UserError: If the file cannot be read, is unsafe, or belongs to
            another model.
    """
    checkpoint = load_from_local(path)
    weights = weights_of(checkpoint)
    check_weights(model, weights, path)
    model.load_state_dict(weights, strict=False)
    meta = checkpoint.get('meta')
    return dict(meta) if isinstance(meta, Mapping) else {}
