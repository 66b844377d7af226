"""Finding, building and filling a model of open_clip, with clear errors."""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import nn

from mmselfshot.assets import find_file
from mmselfshot.utils import UserError, read_json

_PARTS = ('embed_dim', 'vision_cfg', 'text_cfg')


def import_open_clip() -> Any:
    """The package, which takes seconds to import.

    Raises:
        ImportError: That says what to install.
    """
    try:
        import open_clip
    except ImportError as error:
        raise ImportError(
            'CLIP needs open_clip; install it with: pip install '
            'open_clip_torch'
        ) from error
    return open_clip


def read_model_config(
    source: str | dict[str, Any],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A model's description and its preprocessing.

    Args:
        source: A dict, a JSON file or `mmselfshot://FILE`.

    Raises:
        UserError: If it describes no model of open_clip.
    """
    found = source
    if isinstance(source, str):
        found = read_json(find_file(source))
    inner = found.get('model_cfg', found) if isinstance(found, dict) else {}
    lacking = [part for part in _PARTS if part not in inner]
    if lacking:
        name = source if isinstance(source, str) else 'model_config'
        raise UserError(
            f'{name} has no {", ".join(lacking)}; expected the description '
            f'of an open_clip model with {", ".join(_PARTS)}'
        )
    return dict(inner), dict(found.get('preprocess_cfg', {}))


def build_open_clip(
    model: str | None,
    pretrained: str | None,
    model_config: str | dict[str, Any] | None,
) -> tuple[nn.Module, Callable, bool]:
    """Build a model, and fill it if `pretrained` is a tag of open_clip.

    Returns:
        The model in evaluation mode, its tokenizer, and whether it was
        filled; a file is loaded by `load_open_clip`.

    Raises:
        UserError: If the name is unknown or something cannot be downloaded.
    """
    if model is None and model_config is None:
        raise UserError(
            'OpenCLIP has neither model nor model_config; give a name of '
            'open_clip such as ViT-B-32-quickgelu'
        )
    open_clip = import_open_clip()
    if model_config is not None:
        name, recipe = _register(open_clip, *read_model_config(model_config))
    else:
        name, recipe = model, {}
        _check_name(open_clip, name)
    tags = open_clip.list_pretrained_tags_by_model(name)
    tag = pretrained if pretrained in tags else None
    try:
        net = open_clip.create_model(
            name, tag, force_preprocess_cfg=recipe, pretrained_text=False
        )
        tokenizer = open_clip.get_tokenizer(name)
    except (RuntimeError, OSError, ValueError) as error:
        if tag is None and not name.startswith('hf-hub:'):
            raise UserError(
                f'open_clip cannot build {model or "model_config"}: '
                f'{_first_line(error)}; correct the description'
            ) from error
        raise UserError(
            f'cannot download {tag or "the files"} of {name} '
            f'({_first_line(error)}); get a state dict or safetensors by '
            'other means and give its path as pretrained'
        ) from error
    if pretrained and not tag:
        _check_file(pretrained, name, tags)
    return net.eval(), tokenizer, tag is not None


def load_open_clip(net: nn.Module, pretrained: str, name: str) -> None:
    """Fill a model from a file.

    Raises:
        UserError: If the file is missing, is a TorchScript archive, is
            broken, or belongs to another model.
    """
    path = find_file(pretrained)
    _refuse_torchscript(path)
    try:
        import_open_clip().load_checkpoint(net, str(path), strict=True)
    except RuntimeError as error:
        if 'Error(s) in loading state_dict' not in str(error):
            raise UserError(_broken(path, error)) from error
        raise UserError(_other_model(path, name, net, error)) from error
    except MemoryError:
        raise
    except Exception as error:
        raise UserError(_broken(path, error)) from error


def _register(
    open_clip: Any, inner: dict[str, Any], recipe: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """Make a description known to open_clip under a name of its content."""
    text = json.dumps(inner, sort_keys=True)
    name = f'mmselfshot-{hashlib.sha256(text.encode()).hexdigest()[:12]}'
    if name not in open_clip.list_models():
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, f'{name}.json')
            file.write_text(text)
            open_clip.add_model_config(file)
    return name, recipe


def _check_name(open_clip: Any, name: str) -> None:
    from difflib import get_close_matches

    if name.startswith('hf-hub:'):
        return
    if name.startswith('local-dir:'):
        if not Path(name[10:], 'open_clip_config.json').is_file():
            raise UserError(
                f'no open_clip_config.json in {name[10:]}; check the path'
            )
        return
    known = open_clip.list_models()
    if name.replace('/', '-') not in known:
        near = get_close_matches(name, known, n=3, cutoff=0.3)
        raise UserError(
            f'open_clip has no model {name}; near ones are '
            f'{", ".join(near) or ", ".join(known[:3])}; or give model_config'
        )


def _check_file(pretrained: str, name: str, tags: list[str]) -> None:
    if not find_file(pretrained).is_file():
        raise UserError(
            f'no CLIP weights {pretrained}; expected a file or one of the '
            f'tags of {name}: {", ".join(tags) or "none"}'
        )


def _refuse_torchscript(path: Path) -> None:
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    if any(name.endswith('/constants.pkl') for name in names):
        raise UserError(
            f'{path} is a TorchScript archive; expected a state dict or '
            'safetensors; save torch.jit.load(FILE).state_dict() with '
            'torch.save where you trust it, and give that file'
        )


def _other_model(
    path: Path, name: str, net: nn.Module, error: Exception
) -> str:
    lines = [line.strip() for line in str(error).splitlines()[1:]]
    shown = lines[0][:160] if lines else str(error)[:160]
    return (
        f'{path} holds the weights of another model than {name} '
        f'({type(net).__name__}): {shown}; name the model that it belongs to'
    )


def _broken(path: Path, error: Exception) -> str:
    return (
        f'{path} is no readable file of CLIP weights ({_first_line(error)}); '
        'expected a state dict or safetensors; copy it again'
    )


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:120] if lines else type(error).__name__
