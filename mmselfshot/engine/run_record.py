"""What a run was: its config, commit, seed and whether it ended.

The record `run.json` lies in the work dir. It lets a numbered result be
made again, and an interrupted run be told from a finished one.
"""

import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmselfshot.engine.run_config import hash_config
from mmselfshot.utils import UserError, read_json, write_json
from mmselfshot.version import __version__

RECORD = 'run.json'


def make_record(cfg: Config) -> dict[str, Any]:
    """Describe a run that is about to start."""
    import mmcv
    import mmdet
    import mmengine
    import torch

    return {
        'config': str(cfg.filename),
        'config_hash': hash_config(cfg),
        'seed': (cfg.get('randomness') or {}).get('seed'),
        'command': sys.argv,
        'commit': find_commit(),
        'mmselfshot': __version__,
        'python': platform.python_version(),
        'torch': torch.__version__,
        'mmengine': mmengine.__version__,
        'mmcv': mmcv.__version__,
        'mmdet': mmdet.__version__,
        'finished': False,
    }


def find_commit() -> str | None:
    """Name the commit of this package, `+` if its files were changed.

    Returns:
        None if the package does not lie in a git checkout of its own.
    """
    package = Path(__file__).resolve().parents[1]
    git = ['git', '-C', str(package)]
    try:
        commit = _output([*git, 'log', '-1', '--format=%H', '--', '.'])
        head = _output([*git, 'rev-parse', 'HEAD'])
        if not commit:
            return None
        changed = _output([*git, 'status', '--porcelain', '-uno', '--', '.'])
    except (OSError, subprocess.CalledProcessError):
        return None
    return head + '+' if changed else head


def _output(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def write_record(work_dir: str | Path, record: dict[str, Any]) -> None:
    """Write the record of a run."""
    write_json(Path(work_dir) / RECORD, record)


def read_record(work_dir: str | Path) -> dict[str, Any]:
    """Read the record of a run; empty if there is none or it is unusable."""
    try:
        content = read_json(Path(work_dir) / RECORD)
    except UserError:
        return {}
    return content if isinstance(content, dict) else {}
