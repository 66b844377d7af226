"""All candidate masks, with what filters, sweeps and sheets need of them.

One file per video in `<out>.candidates/`, written whole or not at all, so
that a killed labelling keeps what it has finished. Plain numpy arrays: no
pickle is read.
"""

import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from mmselfshot.utils import UserError, write_atomically

_COLUMNS = (
    'video_id',
    'frame_id',
    'mask_score',
    'predicted_iou',
    'probs',
    'features',
    'box',
    'area',
    'is_small',
)

_BROKEN = (
    *(OSError, EOFError, zipfile.BadZipFile),
    *(ValueError, KeyError, TypeError),
)


@dataclass
class CandidateTable:
    """N candidates, one row each; rows of a video lie together, by frame.

    Attributes:
        video_id: (N,) int64, key of `videos`.
        frame_id: (N,) int64, from 0.
        mask_score: (N,) float32 in [0, 1], of the mask proposer.
        predicted_iou: (N,) float32 in [0, 1], what the proposer believes of
            its mask; NaN where it says nothing.
        probs: (N, K) float32, class probabilities.
        features: (N, C) float32 of unit length, by which the class was
            chosen; C is 0 if nothing chose it.
        box: (N, 4) float32 xyxy in pixels of the frame.
        area: (N,) int64, pixels.
        is_small: (N,) bool, too small to be named.
        rles: N of `{'size': [H, W], 'counts': bytes}`.
        videos: By video id: `name`, `file_names` (all T of them), `width`,
            `height`, `sampled` (frames that were looked at).
        classes: K names.
        source: Who made the masks and names: `maskcut+clip`.
        reason: (N,) object, why a candidate was dropped; '' = kept.
        extra: Further columns by name, (N,) each, left by filters.
    """

    video_id: np.ndarray
    frame_id: np.ndarray
    mask_score: np.ndarray
    predicted_iou: np.ndarray
    probs: np.ndarray
    features: np.ndarray
    box: np.ndarray
    area: np.ndarray
    is_small: np.ndarray
    rles: list[dict]
    videos: dict[int, dict[str, Any]]
    classes: tuple[str, ...]
    source: str = ''
    reason: np.ndarray = None
    extra: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        number = len(self.video_id)
        for name in _COLUMNS:
            assert len(getattr(self, name)) == number, name
        assert len(self.rles) == number, 'rles'
        assert self.probs.shape[1:] == (len(self.classes),), self.probs.shape
        if self.reason is None:
            self.reason = np.full(number, '', dtype=object)
        self.label = self.probs.argmax(1)
        self.clip_score = self.probs.max(1)

    def __len__(self) -> int:
        return len(self.video_id)

    @property
    def is_kept(self) -> np.ndarray:
        """(N,) bool, candidates without a reason to drop them."""
        return self.reason == ''

    @property
    def score(self) -> np.ndarray:
        """(N,) float32, mask score times class probability."""
        return self.mask_score * self.clip_score

    def frame_groups(self, rows: np.ndarray) -> list[np.ndarray]:
        """Split rows by frame.

        Args:
            rows: Ascending indices of candidates.

        Returns:
            Indices of one frame each, ascending, in the table's order.
        """
        if len(rows) == 0:
            return []
        keys = np.stack([self.video_id[rows], self.frame_id[rows]], 1)
        starts = np.flatnonzero((keys[1:] != keys[:-1]).any(1)) + 1
        return np.split(rows, starts)

    def drop(self, rows: np.ndarray, reason: str) -> None:
        """Give candidates a reason; one that has one keeps it."""
        rows = np.asarray(rows)
        if rows.dtype == bool:
            rows = np.flatnonzero(rows)
        self.reason[rows[self.is_kept[rows]]] = reason

    def fresh(self) -> 'CandidateTable':
        """The same candidates before any filter; the columns are shared."""
        shared = {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if one.name not in ('reason', 'extra')
        }
        return CandidateTable(**shared)

    @classmethod
    def join(cls, tables: Sequence['CandidateTable']) -> 'CandidateTable':
        """Put the tables of different videos below each other.

        Raises:
            ValueError: If there is none, or they differ in their classes.
        """
        if not tables or len({one.classes for one in tables}) != 1:
            raise ValueError('expected tables with the same classes')
        columns = {
            name: _stack([getattr(one, name) for one in tables])
            for name in _COLUMNS
        }
        videos = {}
        for one in tables:
            videos.update(one.videos)
        return cls(
            **columns,
            rles=[rle for one in tables for rle in one.rles],
            videos=videos,
            classes=tables[0].classes,
            source=tables[0].source,
            reason=np.concatenate([one.reason for one in tables]),
        )


@dataclass
class FrameCandidates:
    """What was found in one frame; see `CandidateTable` for the columns."""

    frame_id: int
    masks: np.ndarray  # (N, H, W) bool
    mask_score: np.ndarray
    probs: np.ndarray
    features: np.ndarray
    box: np.ndarray
    is_small: np.ndarray
    predicted_iou: np.ndarray | None = None


def table_of_video(
    video_id: int,
    video: dict[str, Any],
    frames: Iterable[FrameCandidates],
    classes: Sequence[str],
    source: str,
) -> CandidateTable:
    """Make the table of one video; masks without a pixel are left out.

    Args:
        video_id: Its id.
        video: Its entry in `CandidateTable.videos`, without `sampled`.
        frames: One per frame that was looked at, ascending; consumed one by
            one, so that the masks of one frame are in memory.
        classes: K names.
        source: See `CandidateTable`.
    """
    from mmselfshot.structures import encode_masks

    parts: dict[str, list] = {name: [] for name in _COLUMNS}
    rles: list[dict] = []
    sampled = []
    for frame in frames:
        sampled.append(int(frame.frame_id))
        area = frame.masks.sum((1, 2))
        kept = np.flatnonzero(area)
        ious = frame.predicted_iou
        if ious is None:
            ious = np.full(len(area), np.nan)
        columns = {
            'video_id': np.full(len(area), video_id),
            'frame_id': np.full(len(area), frame.frame_id),
            'mask_score': frame.mask_score,
            'predicted_iou': ious,
            'probs': frame.probs,
            'features': frame.features,
            'box': frame.box,
            'area': area,
            'is_small': frame.is_small,
        }
        for name, column in columns.items():
            parts[name].append(np.asarray(column)[kept])
        for rle in encode_masks(frame.masks[kept]):
            rles.append({**rle, 'counts': rle['counts'].encode('ascii')})
    widths = {'probs': (len(classes),), 'features': (0,), 'box': (4,)}
    columns = {
        name: _stack([np.zeros((0, *widths.get(name, ()))), *parts[name]])
        for name in _COLUMNS
    }
    return CandidateTable(
        **{
            name: column.astype(_dtype_of(name))
            for name, column in columns.items()
        },
        rles=rles,
        videos={video_id: {**video, 'sampled': sampled}},
        classes=tuple(classes),
        source=source,
    )


def _stack(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Join columns; one without rows need not have the others' width."""
    return np.concatenate([one for one in parts if len(one)] or parts[:1])


def _dtype_of(name: str) -> type:
    if name in ('video_id', 'frame_id', 'area'):
        return np.int64
    return np.bool_ if name == 'is_small' else np.float32


def write_shard(path: str | Path, table: CandidateTable, origin: str) -> None:
    """Write the table of one video, whole or not at all.

    Args:
        path: Ends in `.npz`.
        table: Of one video.
        origin: What it was made from; `read_origin` gives it back.
    """
    sizes = np.array([one['size'] for one in table.rles], dtype=np.int64)
    counts = [one['counts'] for one in table.rles]
    header = {
        'origin': origin,
        'videos': [[key, one] for key, one in table.videos.items()],
        'classes': table.classes,
        'source': table.source,
    }
    with write_atomically(path) as beside, open(beside, 'wb') as file:
        np.savez(
            file,
            header=np.array(json.dumps(header)),
            rle_sizes=sizes.reshape(-1, 2),
            rle_lengths=np.array([len(one) for one in counts], np.int64),
            rle_counts=np.frombuffer(b''.join(counts), dtype=np.uint8),
            **{name: getattr(table, name) for name in _COLUMNS},
        )


@contextmanager
def _opened(path: str | Path) -> Iterator[Any]:
    """The arrays of a file; closed even where it is broken."""
    with open(path, 'rb') as file, np.load(file, allow_pickle=False) as found:
        yield found


def read_origin(path: str | Path) -> str | None:
    """What a shard was made from; None if it is missing or unreadable."""
    try:
        with _opened(path) as content:
            return json.loads(str(content['header']))['origin']
    except _BROKEN:
        return None


def read_shard(path: str | Path) -> CandidateTable:
    """Read the table of one video.

    Raises:
        UserError: If the file is missing or broken.
    """
    try:
        with _opened(path) as content:
            header = json.loads(str(content['header']))
            columns = {name: content[name] for name in _COLUMNS}
            sizes = content['rle_sizes'].tolist()
            stops = content['rle_lengths'].cumsum().tolist()
            counts = content['rle_counts'].tobytes()
    except _BROKEN as error:
        raise UserError(
            f'{path} is no file of candidates ({error}); remove it and run '
            'tools/label.py again'
        ) from None
    starts = [0, *stops[:-1]]
    return CandidateTable(
        **columns,
        rles=[
            {'size': size, 'counts': counts[start:stop]}
            for size, start, stop in zip(sizes, starts, stops)
        ],
        videos={int(key): one for key, one in header['videos']},
        classes=tuple(header['classes']),
        source=header['source'],
    )
