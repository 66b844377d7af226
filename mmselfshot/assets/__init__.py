"""Small files that ship with the package, each with a record beside it."""

from pathlib import Path

from mmselfshot.utils import UserError

SCHEME = 'mmselfshot://'


def asset_path(name: str) -> Path:
    """Find a shipped file.

    Args:
        name: File name, with or without `mmselfshot://` before it.

    Raises:
        UserError: If there is no such file.
    """
    folder = Path(__file__).parent
    path = folder / name.removeprefix(SCHEME)
    if not path.is_file():
        shipped = sorted(found.name for found in folder.glob('*.pth'))
        raise UserError(
            f'no shipped file {name}; shipped are {", ".join(shipped)}'
        )
    return path


def find_file(name: str | Path) -> Path:
    """The path that a config means: a shipped file, or one of the user.

    Args:
        name: `mmselfshot://FILE`, or a path; `~` is expanded.

    Raises:
        UserError: If no such file is shipped; a user's file is not looked
            for.
    """
    if str(name).startswith(SCHEME):
        return asset_path(str(name))
    return Path(name).expanduser()
