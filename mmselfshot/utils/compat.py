"""The only place that knows versions of torch and of the mm packages.

Each part looks for the thing itself, not for a version number, and does
nothing where it is not needed.
"""

import os
from typing import Any


def apply_compat() -> None:
    """Make the installed mm packages work with the installed torch.

    Importing `mmselfshot.registry` calls it; calling it again changes
    nothing.
    """
    _name_the_package()
    _load_checkpoints_safely()
    _find_shipped_weights()


def _name_the_package() -> None:
    """Let `mmselfshot::config` be found; mmengine has a fixed list."""
    from mmengine.config.utils import MODULE2PACKAGE

    MODULE2PACKAGE.setdefault('mmselfshot', 'mmselfshot')


def _load_checkpoints_safely() -> None:
    """Read local and downloaded checkpoints through the allow-list.

    mmengine 0.10.7 cannot read its own training checkpoints on torch>=2.6,
    and later versions switch the protection off.
    """
    from mmengine.runner.checkpoint import CheckpointLoader

    from mmselfshot.utils.checkpoint import load_from_local

    CheckpointLoader.register_scheme('', load_from_local, force=True)
    CheckpointLoader.register_scheme(
        ('http://', 'https://'), load_from_http, force=True
    )


def _find_shipped_weights() -> None:
    """Let a config name shipped weights as `mmselfshot://FILE`."""
    from mmengine.runner.checkpoint import CheckpointLoader

    from mmselfshot.assets import SCHEME, asset_path
    from mmselfshot.utils.checkpoint import load_from_local

    CheckpointLoader.register_scheme(
        SCHEME,
        lambda filename, map_location=None: load_from_local(
            str(asset_path(filename)), map_location
        ),
        force=True,
    )


def _substitute_missing_operations() -> None:
    """Let PyTorch do what mmcv has not compiled for a device.

    Without any compiled operation mmdet itself does not import.
    """
    from mmselfshot.utils.op_fallbacks import install_fallbacks

    install_fallbacks()


def load_from_http(
    filename: str, map_location: Any = None, model_dir: str | None = None
) -> dict:
    """Download a checkpoint once, as torch.hub does, and read it safely.

    The first process of a machine downloads, the others wait for it.

    Raises:
        UserError: If the download fails or the file is unsafe.
    """
    from urllib.error import URLError
    from urllib.parse import urlparse

    from mmengine.dist import barrier
    from torch import hub

    from mmselfshot.utils.checkpoint import load_from_local
    from mmselfshot.utils.errors import UserError

    folder = model_dir or os.path.join(hub.get_dir(), 'checkpoints')
    name = os.path.basename(urlparse(filename).path)
    target = os.path.join(folder, name)
    error: Exception | None = None
    if _is_first_of_machine() and not os.path.exists(target):
        os.makedirs(folder, exist_ok=True)
        try:
            hub.download_url_to_file(filename, target)
        except (URLError, OSError) as failed:
            error = failed
    barrier()
    if error or not os.path.exists(target):
        raise UserError(
            f'cannot download {filename} ({error}); get the file by other '
            f'means and put it at {target}'
        )
    return load_from_local(target, map_location)


def _is_first_of_machine() -> bool:
    return os.environ.get('LOCAL_RANK', '0') == '0'
