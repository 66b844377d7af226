"""Names for contents: what was made from the same is known again."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def hash_file(path: str | Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with open(Path(path).expanduser(), 'rb') as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def hash_of(content: Any) -> str:
    """Identify a config and the files that it names.

    Strings that name an existing or a shipped file count with the content
    of the file, not with its place.
    """
    return hashlib.sha256(
        json.dumps(_described(content), sort_keys=True, default=repr).encode()
    ).hexdigest()[:16]


def files_below_roots(content: Any) -> list[Path]:
    """Files that a config names relative to a `data_root` beside them.

    Together with the config itself, `hash_of` then tells what is read from
    these files, wherever they are named.
    """
    found: list[Path] = []
    if isinstance(content, Mapping):
        root = content.get('data_root')
        for value in content.values():
            if root and isinstance(value, str) and value:
                path = Path(root).expanduser() / value
                found += [path] if path.is_file() else []
            found += files_below_roots(value)
    elif isinstance(content, (list, tuple)):
        for value in content:
            found += files_below_roots(value)
    return found


def _described(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {str(key): _described(value) for key, value in node.items()}
    if isinstance(node, (list, tuple)):
        return [_described(value) for value in node]
    if isinstance(node, (str, Path)):
        return _hash_of_file(str(node)) or str(node)
    return node


def _hash_of_file(name: str) -> str | None:
    from mmselfshot.assets import SCHEME, asset_path

    if name.startswith(SCHEME):
        path = asset_path(name)
    else:
        path = Path(name).expanduser()
        try:
            if not ('.' in name or '/' in name) or not path.is_file():
                return None
        except (OSError, ValueError):  # too long for a path, or a null byte
            return None
    return f'sha256:{hash_file(path)}'
