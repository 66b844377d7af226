"""Reading published checkpoints, pickles too, without running them.

A pickle can name any function to be called. Here only what numpy arrays
need may be named; anything else is refused before it is imported.
"""

import pickle
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from torch import Tensor

from mmselfshot.utils import UserError
from mmselfshot.utils.checkpoint import load_from_local

_CORE = np._core if hasattr(np, '_core') else np.core
_ARRAY_PARTS = {
    (f'{package}.multiarray', name): getattr(_CORE.multiarray, name)
    for package in ('numpy._core', 'numpy.core')
    for name in ('_reconstruct', 'scalar')
}


def _bytes_of(text: str, encoding: str) -> bytes:
    """What `_codecs.encode` is for in pickles of bytes of protocol 2."""
    if encoding != 'latin1':
        raise pickle.UnpicklingError(f'wants to run a codec, {encoding!r}')
    return text.encode('latin1')


class _ArraysOnly(pickle.Unpickler):
    """Builds numpy arrays and plain containers, and nothing else."""

    _allowed = {
        **_ARRAY_PARTS,
        ('numpy', 'ndarray'): np.ndarray,
        ('numpy', 'dtype'): np.dtype,
        ('collections', 'OrderedDict'): OrderedDict,
        ('_codecs', 'encode'): _bytes_of,
    }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._allowed:
            raise pickle.UnpicklingError(f'wants to run {module}.{name}')
        return self._allowed[module, name]


def _load_pickle(file: BinaryIO, path: Path) -> Any:
    try:
        return _ArraysOnly(file, encoding='latin1').load()
    except pickle.UnpicklingError as error:
        if 'wants to run' in str(error):
            raise UserError(
                f'pickle {path} {error}; expected numpy arrays only; '
                'refused: get the file from a source you trust'
            ) from None
        raise UserError(_cut(path, error)) from None
    except (
        EOFError,
        AttributeError,
        IndexError,
        KeyError,
        TypeError,
        ValueError,
    ) as error:
        raise UserError(_cut(path, error)) from None


def _cut(path: Path, error: Exception) -> str:
    reason = str(error).splitlines()[0:1] or [type(error).__name__]
    return (
        f'{path} is no complete pickle of weights ({reason[0][:120]}); copy '
        'or download it again'
    )


def load_official(path: str | Path) -> dict[str, np.ndarray | Tensor]:
    """Read a published checkpoint, `.pkl` or `.pth`.

    Args:
        path: A pickle with numpy arrays, or a file of `torch.save`; the
            weights stand under `model`, or are the whole content.

    Returns:
        Published name to array or tensor.

    Raises:
        UserError: If the file is missing, cut short, wants to run code, or
            holds no weights.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise UserError(
            f'no file {path}; get an official checkpoint first, the links '
            'are in configs/minvis/README.md'
        )
    with open(path, 'rb') as file:
        is_torch_file = file.read(2) == b'PK' or path.suffix == '.pth'
        file.seek(0)
        content = None if is_torch_file else _load_pickle(file, path)
    if is_torch_file:
        content = load_from_local(path)
    for key in ('model', 'state_dict'):
        if isinstance(content, Mapping) and key in content:
            content = content[key]
    if not isinstance(content, Mapping):
        raise UserError(
            f'{path} holds a {type(content).__name__}; expected named weights'
        )
    return {
        str(name): value
        for name, value in content.items()
        if isinstance(value, np.ndarray | Tensor)
    }
