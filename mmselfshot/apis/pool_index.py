"""From a pool of unlabelled videos to an index of their vectors.

Source: Self-Shot VIS (ECCV 2022), Sec. 4: the pool S of Eq. (3).
Several processes (torchrun) share the clips. Each appends to a part of its
own in `INDEX/parts`; the first one merges the parts, ordered by name, in one
transaction. So the index is the same bytes however many processes made it
and however often they were killed, and it can be searched all the time.

    INDEX/vectors.float32, clips.sqlite   see `FlatIndex`
    INDEX/pool.json                       where the pool was, how it was cut,
                                          the encoder
    INDEX/parts/                          of an unfinished call only
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from mmengine.config import Config
from torch import distributed
from tqdm import tqdm

from mmselfshot.apis.clip_embedder import NUM_SEGMENTS, ClipEmbedder
from mmselfshot.apis.index_origin import write_origin
from mmselfshot.datasets.clip_pool import PoolClip, read_pool
from mmselfshot.labelling.shared_work import find_place
from mmselfshot.retrieval import FlatIndex, merge_indexes
from mmselfshot.retrieval.clip_content import content_of
from mmselfshot.retrieval.clip_encoding import encode_clips
from mmselfshot.retrieval.flat_index import TABLE
from mmselfshot.retrieval.index_plan import IndexPlan, plan_update
from mmselfshot.utils import UserError

PARTS = 'parts'
Say = Callable[[str], None]
Work = list[tuple[PoolClip, str]]


@dataclass(frozen=True)
class PoolIndexResult:
    """What an indexing left.

    Args:
        index: Its folder.
        num_clips: Clips that can be found.
        num_added: Clips that were not there before.
        num_renewed: Clips that were encoded again because they had changed.
        num_removed: Clips that are not in the pool any more, or that have
            changed and cannot be read.
        failed: Name and reason of each clip that could not be indexed.
    """

    index: Path
    num_clips: int
    num_added: int
    num_renewed: int
    num_removed: int
    failed: dict[str, str] = field(default_factory=dict)


def index_pool(
    cfg: Config | Mapping[str, Any],
    checkpoint: str,
    pool: str | Path,
    out: str | Path,
    num_segments: int = NUM_SEGMENTS,
    segment_seconds: float | None = None,
    num_workers: int = 0,
    device: str | None = None,
    dtype: str = 'float32',
    show_progress: bool = False,
    say: Say = print,
) -> PoolIndexResult:
    """Make an index of a pool, or bring it up to date.

    New and changed clips are encoded, those that are gone are forgotten. A
    killed call goes on where it stopped. Under a launcher every process
    calls this; all return when the index is there.

    Args:
        cfg: See `ClipEmbedder`; so are checkpoint, num_segments and device.
        pool: See `read_pool`; so is segment_seconds.
        out: Folder of the index.
        num_workers: Processes that read videos, for each that encodes.
        dtype: 'float32' or 'float16', of a new index.
        show_progress: Show a bar on stderr.
        say: Gets the lines for people.

    Raises:
        UserError: If config, checkpoint or pool cannot be used, the index is
            of another encoder or damaged, or no clip can be indexed.
    """
    out = Path(out)
    rank, world_size = find_place()
    with _group(world_size):
        embedder = ClipEmbedder(cfg, checkpoint, num_segments, device)
        plan = work = None
        if rank == 0:
            pool = Path(pool)
            clips = read_pool(pool, segment_seconds)
            target = _open_or_create(out, embedder, dtype)
            if embedder.is_untrained:
                say(
                    'warning: the encoder is not trained, its vectors say '
                    'little; give the checkpoint of its training'
                )
            plan = _make_plan(clips, target, show_progress)
            write_origin(out, pool, segment_seconds, cfg, checkpoint)
            _say_plan(plan, len(clips), target, say)
            work = _without_finished(plan.encode, out, embedder.hash, say)
            dtype = target.dtype
        work, dtype = _from_first((work, dtype), world_size)
        failed = _encode_share(
            work[rank::world_size],
            *(embedder, out / PARTS / f'{rank:04d}', dtype),
            *(num_workers, show_progress and rank == 0),
        )
        failed = _gather(failed, world_size)
        done = None
        if rank == 0:
            done = _finish(target, out, embedder.hash, plan, failed, say)
        return _from_first(done, world_size)


def run_index_tool(
    config: str | Path,
    options: Sequence[str] = (),
    milvus: str | None = None,
    **kwargs: Any,
) -> int:
    """What `tools/index_pool.py` does.

    Args:
        config: Path of a config.
        options: `key=value` texts.
        milvus: Address of a store that gets what the index holds.
        kwargs: Of `index_pool`.

    Returns:
        The exit status, 1 if a clip could not be indexed.
    """
    from mmselfshot.engine.run_config import load_config

    cfg = load_config(config, options)
    done = index_pool(cfg, show_progress=True, **kwargs)
    if milvus is not None and find_place()[0] == 0:
        from mmselfshot.retrieval.milvus_copy import fill_milvus

        added, removed = fill_milvus(FlatIndex(done.index), milvus)
        print(f'{milvus}: {added} clips added, {removed} removed')
    return 1 if done.failed else 0


@contextmanager
def _group(world_size: int):
    """Connect the processes; gloo, since only lists go back and forth."""
    if world_size == 1 or distributed.is_initialized():
        yield
        return
    distributed.init_process_group('gloo', timeout=timedelta(days=30))
    yield  # after an error it stays: other ranks ask it what happened
    distributed.destroy_process_group()


def _from_first(content: Any, world_size: int) -> Any:
    if world_size == 1:
        return content
    box = [content]
    distributed.broadcast_object_list(box, src=0)
    return box[0]


def _gather(failed: dict[str, str], world_size: int) -> dict[str, str]:
    if world_size == 1:
        return failed
    boxes: list[Any] = [None] * world_size
    distributed.all_gather_object(boxes, failed)
    return {name: box[name] for box in boxes for name in box}


def _open_or_create(
    out: Path, embedder: ClipEmbedder, dtype: str
) -> FlatIndex:
    if out.exists() and not out.is_dir():
        raise UserError(f'{out} is a file; expected the folder of an index')
    if (out / TABLE).exists():
        return FlatIndex(out, embedder.hash)
    return FlatIndex.create(out, embedder.hash, embedder.num_channels, dtype)


def _make_plan(
    clips: Sequence[PoolClip], target: FlatIndex, show_progress: bool
) -> IndexPlan:
    contents: dict[Path, str] = {}
    for clip in tqdm(
        clips, 'comparing', unit='clip', disable=not show_progress, delay=2
    ):
        if clip.path not in contents:
            contents[clip.path] = content_of(clip.path)
    return plan_update(
        clips, [contents[clip.path] for clip in clips], target.origins()
    )


def _say_plan(
    plan: IndexPlan, num_clips: int, target: FlatIndex, say: Say
) -> None:
    say(
        f'{num_clips} clips in the pool, {target.count()} in '
        f'{target.folder}: {plan.num_new} are new, {plan.num_changed} have '
        f'changed, {plan.num_gone} are gone'
    )


def _without_finished(work: Work, out: Path, encoder: str, say: Say) -> Work:
    """Leave out what a killed call has finished; forget its other clips."""
    wanted = {clip.name: (clip.source, content) for clip, content in work}
    finished: set[str] = set()
    for part in _open_parts(out, encoder):
        origins = part.origins()
        stale = [
            name
            for name, origin in origins.items()
            if wanted.get(name) != origin or name in finished
        ]
        if stale:
            part.delete(sorted(stale))
        finished.update(set(origins) - set(stale))
    if finished:
        say(f'{len(finished)} of {len(work)} are finished already')
    return [one for one in work if one[0].name not in finished]


def _open_parts(out: Path, encoder: str) -> list[FlatIndex]:
    tables = sorted((out / PARTS).glob(f'*/{TABLE}'))
    return [FlatIndex(table.parent, encoder) for table in tables]


def _encode_share(
    share: Work,
    embedder: ClipEmbedder,
    folder: Path,
    dtype: str,
    num_workers: int,
    show_progress: bool,
) -> dict[str, str]:
    if not share:
        return {}
    part = _open_or_create(folder, embedder, dtype)
    with tqdm(
        total=len(share),
        desc='encoding',
        unit='clip',
        disable=not show_progress,
        smoothing=0.1,
    ) as bar:
        return encode_clips(share, embedder, part, num_workers, bar.update)


def _finish(
    target: FlatIndex,
    out: Path,
    encoder: str,
    plan: IndexPlan,
    failed: Mapping[str, str],
    say: Say,
) -> PoolIndexResult:
    """Forget, merge, clear away, and say what came of it."""
    before = set(target.origins())
    parts = _open_parts(out, encoder)
    if plan.forget:
        target.delete(plan.forget)
    if parts:
        merge_indexes(parts, target)
    shutil.rmtree(out / PARTS, ignore_errors=True)
    order = [clip.name for clip, _ in plan.encode]
    failed = {name: failed[name] for name in order if name in failed}
    for name, reason in failed.items():
        say(f'cannot index {name}: {reason}')
    if not target.count():
        raise UserError(
            f'none of {len(order)} clips can be indexed'
            + (f'; the first: {next(iter(failed.values()))}' if failed else '')
        )
    encoded = set(order) - set(failed)
    done = PoolIndexResult(
        out,
        target.count(),
        num_added=len(encoded - before),
        num_renewed=len(encoded & before),
        num_removed=len(set(plan.forget) - encoded),
        failed=failed,
    )
    say(
        f'{out}: {done.num_clips} clips; {done.num_added} added, '
        f'{done.num_renewed} renewed, {done.num_removed} removed'
        + (f'; {len(failed)} not indexed, see above' if failed else '')
    )
    return done
