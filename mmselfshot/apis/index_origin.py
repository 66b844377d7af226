"""What an index says about its pool and its encoder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmselfshot.apis.clip_embedder import NO_CHECKPOINT
from mmselfshot.retrieval.flat_index import TABLE
from mmselfshot.utils import UserError, read_json, write_json

POOL_FILE = 'pool.json'


def write_origin(
    index: str | Path,
    pool: str | Path,
    segment_seconds: float | None,
    cfg: Config | Mapping[str, Any],
    checkpoint: str,
) -> None:
    """Write where things were, so that a search need not be told again.

    Args:
        index: Folder of the index.
        pool: See `read_pool`; so is segment_seconds.
        cfg: With `model.encoder`, see `ClipEmbedder`.
        checkpoint: Likewise.
    """
    if str(checkpoint) != NO_CHECKPOINT:
        checkpoint = str(Path(checkpoint).expanduser().resolve())
    part = Config({'encoder': cfg['model']['encoder']}).to_dict()
    content = {
        'pool': str(Path(pool).resolve()),
        'segment_seconds': segment_seconds,
        'encoder': part['encoder'],
        'checkpoint': checkpoint,
    }
    write_json(Path(index) / POOL_FILE, content)


def pool_of(index: str | Path) -> str | None:
    """Where the pool was; None if the index does not tell."""
    return _read(index).get('pool')


def checkpoint_of(index: str | Path) -> str | None:
    """What the encoder was filled from; None if the index does not tell."""
    return _read(index).get('checkpoint')


def encoder_of(index: str | Path) -> tuple[dict[str, Any], str]:
    """Config and checkpoint that the index was made with.

    Raises:
        UserError: If there is no index, it does not tell, or the checkpoint
            is gone.
    """
    if not (Path(index) / TABLE).exists():
        raise UserError(
            f'no index in {index}; make it with tools/index_pool.py'
        )
    found = _read(index)
    give = 'give --encoder CONFIG CHECKPOINT as for tools/index_pool.py'
    if not isinstance(found.get('encoder'), dict):
        raise UserError(
            f'{index} does not tell its encoder; {give}, or run that again'
        )
    checkpoint = str(found.get('checkpoint'))
    if checkpoint != NO_CHECKPOINT and not Path(checkpoint).is_file():
        raise UserError(
            f'{index} was made with {checkpoint}, which is not there; {give}'
        )
    return {'model': {'encoder': found['encoder']}}, checkpoint


def _read(index: str | Path) -> dict[str, Any]:
    try:
        content = read_json(Path(index) / POOL_FILE)
    except (UserError, OSError):
        return {}
    return content if isinstance(content, dict) else {}
