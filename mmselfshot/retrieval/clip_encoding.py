"""Clips to vectors in an index, read by loader workers.

What is finished is committed at least every second, so a kill costs little.
Shapes: S segments, T frames of a segment, C channels.
"""

import gc
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from mmselfshot.datasets.clip_pool import PoolClip
from mmselfshot.datasets.pool_clip import read_clip
from mmselfshot.retrieval.flat_index import FlatIndex
from mmselfshot.retrieval.vector_store import ClipRecord
from mmselfshot.utils.video_io import VideoError

COMMIT_SECONDS = 1.0
COMMIT_CLIPS = 64


class Embedder(Protocol):
    """What encoding needs of a `ClipEmbedder`."""

    num_segments: int
    num_frames: int

    def fit(self, frames: Any) -> Tensor:
        """(S, T, H, W, 3) uint8 frames in the encoder's size."""

    def __call__(self, frames: Any) -> Tensor:
        """(C,) float of fitted frames."""


class _Clips(Dataset):
    """Frames of clips; the reason where one cannot be read."""

    def __init__(self, clips: Sequence[PoolClip], embedder: Embedder) -> None:
        self.clips = clips
        self.embedder = embedder

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(
        self, number: int
    ) -> tuple[int, Tensor | str, float, float]:
        embedder = self.embedder
        try:
            clip = read_clip(
                self.clips[number],
                embedder.num_segments,
                embedder.num_frames,
            )
        except VideoError as error:
            return number, str(error), 0.0, 0.0
        return number, embedder.fit(clip.frames), clip.start, clip.end


def encode_clips(
    work: Sequence[tuple[PoolClip, str]],
    embedder: Embedder,
    index: FlatIndex,
    num_workers: int = 0,
    on_clip: Callable[[], None] | None = None,
) -> dict[str, str]:
    """Append the vectors of clips to an index.

    Args:
        work: Clips that the index does not hold, and their contents.
        embedder: Makes the vectors.
        index: Of the same encoder.
        num_workers: Processes that read videos; 0: this one.
        on_clip: Called after each clip.

    Returns:
        Reason, by name, for each clip that cannot be read or whose vector is
        zero or not finite.
    """
    gc.collect()  # decoders have threads, which a worker does not inherit
    loader = DataLoader(
        _Clips([clip for clip, _ in work], embedder),
        batch_size=None,
        num_workers=min(num_workers, len(work)),
        worker_init_fn=_settle_in,
    )
    failed: dict[str, str] = {}
    vectors: list[Tensor] = []
    records: list[ClipRecord] = []
    last = time.monotonic()
    for number, frames, start, end in loader:
        clip, content = work[number]
        if isinstance(frames, str):
            failed[clip.name] = frames
        else:
            vector = embedder(frames)
            if torch.isfinite(vector).all() and vector.any():
                vectors.append(vector)
                records.append(
                    ClipRecord(clip.name, clip.source, start, end, content)
                )
            else:
                failed[clip.name] = (
                    f'the vector of clip {clip.name} is zero or not finite; '
                    'check the encoder and the clip'
                )
        if on_clip is not None:
            on_clip()
        is_late = time.monotonic() - last > COMMIT_SECONDS
        if records and (is_late or len(records) >= COMMIT_CLIPS):
            index.add(torch.stack(vectors), records)
            vectors, records, last = [], [], time.monotonic()
    if records:
        index.add(torch.stack(vectors), records)
    return failed


def _settle_in(_: int) -> None:
    torch.set_num_threads(1)
    gc.freeze()  # and it must not free what the parent still holds
