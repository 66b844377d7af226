"""What a search leaves: a table for programs, and a page for people."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmselfshot.apis.index_origin import pool_of
from mmselfshot.apis.pool_search import (
    PoolSearcher,
    PoolSearchResult,
    find_clips,
    paths_of_pool,
)
from mmselfshot.datasets.clip_pool import PoolClip, sample_frames
from mmselfshot.utils import write_json
from mmselfshot.utils.video_io import VideoError

NEIGHBOURS = 'neighbours.json'
SHEET = 'neighbours.html'
NUM_PICTURES = 5  # of a clip, side by side
HEIGHT = 120  # pixels of a picture
Say = Callable[[str], None]


def run_search_tool(
    config: str | Path,
    checkpoint: str,
    index: str,
    query: str,
    out: str | Path,
    options: Sequence[str] = (),
    pool: str | Path | None = None,
    backend: str = 'exact',
    min_recall: float = 0.98,
    device: str | None = None,
    say: Say = print,
    **asked: Any,
) -> int:
    """What `tools/search_pool.py` does.

    Args:
        config: Path of a config.
        checkpoint: See `PoolSearcher`; so are index, backend, min_recall and
            device.
        query: A video.
        out: Folder of the table and the page.
        options: `key=value` texts.
        pool: Where the pool is now, for pictures; None: where it was when it
            was indexed.
        say: Gets the lines for people.
        asked: Of a call of `PoolSearcher`.

    Returns:
        The exit status.
    """
    from mmselfshot.engine.run_config import load_config

    cfg = load_config(config, options)
    searcher = PoolSearcher(
        cfg, checkpoint, index, backend, min_recall, device, say
    )
    result = searcher(query, **asked)
    for line in format_supports(result):
        say(line)
    write_search(result, out, pool or pool_of(index), say)
    say(f'{Path(out) / NEIGHBOURS} and {Path(out) / SHEET} are written')
    return 0


def format_supports(result: PoolSearchResult) -> list[str]:
    """Lines for people: rank, similarity, clip; at the end what to expect."""
    supports = result.supports
    lines = [
        f'{number:3d}  {similarity:.4f}  {one.clip}  ({one.source}, '
        f'{one.start:.2f} to {one.end:.2f} s)'
        for number, (one, similarity) in enumerate(
            zip(supports.records, supports.similarity.tolist()), 1
        )
    ]
    return [*lines, _abstain_line(result)]


def write_search(
    result: PoolSearchResult,
    out: str | Path,
    pool: str | Path | None = None,
    say: Say = print,
) -> None:
    """Write `neighbours.json` and `neighbours.html`.

    Args:
        result: Of a search.
        out: A folder.
        pool: Where the clips lie; without it the page has no pictures of
            them.
        say: Gets a line if pictures are missing.

    Raises:
        UserError: If the files cannot be written.
    """
    clips = find_clips(result.supports.records, paths_of_pool(pool))
    write_json(Path(out) / NEIGHBOURS, describe_search(result, clips))
    missing = _write_page(result, clips, Path(out) / SHEET)
    if missing:
        where = f'in {pool}' if pool is not None else 'since no pool is named'
        say(f'{missing} of {len(clips)} clips have no pictures {where}')


def describe_search(
    result: PoolSearchResult, clips: Sequence[PoolClip | None]
) -> dict[str, Any]:
    """The content of `neighbours.json`, see docs/retrieval.md."""
    supports = result.supports
    query = result.query
    return {
        'query': {
            'path': str(query.path),
            'start': query.start,
            'end': query.end,
            'source': result.source,
        },
        'encoder': result.encoder,
        'num_clips': result.num_clips,
        'abstain': supports.abstain,
        'is_useful': supports.is_useful,
        'neighbours': [
            {
                'clip': one.clip,
                'source': one.source,
                'start': one.start,
                'end': one.end,
                'path': None if clip is None else str(clip.path),
                'similarity': similarity,
                'pinned': one.clip in result.pinned,
            }
            for one, clip, similarity in zip(
                supports.records, clips, supports.similarity.tolist()
            )
        ],
    }


def _write_page(
    result: PoolSearchResult, clips: Sequence[PoolClip | None], path: Path
) -> int:
    """Write the page; tell how many clips have no pictures."""
    from mmselfshot.visualization.page import Page

    page = Page(f'Supports of {result.query.name}')
    page.add_text(_abstain_line(result))
    page.add_text(
        f'{result.num_clips} clips in the pool, encoder {result.encoder}'
    )
    page.add_image(strip_of(result.query), 'query')
    missing = 0
    found = result.supports
    for number, (one, clip, similarity) in enumerate(
        zip(found.records, clips, found.similarity.tolist()), 1
    ):
        pin = ', pinned' if one.clip in result.pinned else ''
        caption = f'{number}. {one.clip}, similarity {similarity:.4f}{pin}'
        strip = None if clip is None else strip_of(clip)
        if strip is None:
            page.add_text(caption)
            missing += 1
        else:
            page.add_image(strip, caption)
    page.write(path)
    return missing


def strip_of(clip: PoolClip) -> np.ndarray | None:
    """Pictures of a clip side by side; None if it cannot be read."""
    import cv2

    try:
        frames = sample_frames(clip, NUM_PICTURES, 1)[:, 0]
    except VideoError:
        return None
    height, width = frames.shape[1:3]
    size = max(1, round(width * HEIGHT / height)), HEIGHT
    return np.hstack(
        [cv2.resize(one, size, interpolation=cv2.INTER_AREA) for one in frames]
    )


def _abstain_line(result: PoolSearchResult) -> str:
    score = result.supports.abstain
    verdict = 'they count as useful'
    if not result.supports.is_useful:
        verdict = 'nothing useful was found; do without supports'
    return (
        f'abstain score {score:.3f} (0: as near as the query itself, 1: no '
        f'nearer than any clip): {verdict}'
    )
