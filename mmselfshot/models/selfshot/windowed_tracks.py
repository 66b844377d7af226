"""From the slots of one window after another to the tracks of a video.

Source: Self-Shot VIS (ECCV 2022), App. A.3: one mask sequence per slot.
Ours: slots of neighbouring windows are joined by what they say of the frames
that both have, see `window_joiner`; there a joined track has the mean of the
two logits. A slot that continues no other begins a track, one that is not
continued ends its. The last window may begin before the frames of both, then
those are context only. Masks are run-length encoded as soon as no later
window has their frames, so that nothing else grows with the video.
Shapes: P slots of a window, T frames, C channels, h w pixels of the logits.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from mmengine.structures import InstanceData
from torch import Tensor

from mmselfshot.models.minvis.streamed_tracks import encode_mask_logits
from mmselfshot.models.selfshot.window_joiner import (
    join_slots,
    mask_overlap,
    slot_affinity,
)
from mmselfshot.models.selfshot.window_rules import WindowRules

Size = tuple[int, int]


class SlotWindow(NamedTuple):
    """What the network says of the slots of a window.

    Attributes:
        start: Number of its first frame.
        probs: (P, T) float in [0, 1], foreground.
        mask_logits: (P, T, h, w) float.
        embeds: (P, T, C) float, of the decoder.
        slots: (P,) int64, numbers of the slots.
    """

    start: int
    probs: Tensor
    mask_logits: Tensor
    embeds: Tensor
    slots: Tensor

    @property
    def end(self) -> int:
        """Number of the first frame behind it."""
        return self.start + self.probs.shape[1]

    def frames(self, start: int, end: int) -> 'SlotWindow':
        """A part of it; numbers count from the start of the video."""
        part = slice(start - self.start, end - self.start)
        return SlotWindow(
            start,
            self.probs[:, part],
            self.mask_logits[:, part],
            self.embeds[:, part],
            self.slots,
        )


@dataclass
class _Track:
    """What is settled of a track, from frame `first` on."""

    number: int
    slot: int
    first: int
    probs: list[float] = field(default_factory=list)
    counts: list[bytes | None] = field(default_factory=list)

    @property
    def score(self) -> float:
        return sum(self.probs) / len(self.probs)

    @property
    def rank(self) -> tuple[float, int]:
        return -self.score, self.number


class WindowedTracks:
    """Takes the windows of one video in order and gives its tracks.

    Args:
        rules: How windows are joined, and which tracks stay.
        img_shape: Size of the network's input.
        ori_shape: Size of the original frames.
    """

    def __init__(
        self, rules: WindowRules, img_shape: Size, ori_shape: Size
    ) -> None:
        self.rules = rules
        self.img_shape = tuple(img_shape)
        self.ori_shape = tuple(ori_shape)
        self.num_frames = 0
        self._num_tracks = 0
        self._held: SlotWindow | None = None
        self._of_held: list[_Track] = []
        self._ended: list[_Track] = []

    def add(self, window: SlotWindow, num_held: int = 0) -> None:
        """Take in the next window.

        Args:
            window: Begins at most where held frames begin, and goes on
                behind them.
            num_held: Its last frames that the next window has as well.
        """
        held, self._held = self._held, None
        if held is None:
            assert window.start == self.num_frames, 'a gap between windows'
            tracks: list[_Track | None] = [None] * len(window.slots)
        else:
            window = window.frames(held.start, window.end)
            window, tracks = self._join(held, window)
        self._of_held = [
            track or self._begin(window.start, slot)
            for track, slot in zip(tracks, window.slots.tolist())
        ]
        self.num_frames = window.end
        settled = window.end - num_held
        self._settle(window.frames(window.start, settled), self._of_held)
        held = window.frames(settled, window.end)
        self._held = SlotWindow(  # a view would keep the whole window
            held.start, *(one.clone() for one in held[1:])
        )
        # without held frames the slots of the last one still tell alike
        self._last_embeds = window.embeds[:, -max(num_held, 1) :].mean(1)

    def finish(self, label: int = 0) -> InstanceData:
        """The tracks of the frames taken in, by falling score.

        Args:
            label: Index of the class that all tracks are given.

        Returns:
            `scores` (P,) float, `labels` and `slots` (P,) int64, numbers
            of the slots where the tracks began, on the CPU, `segmentations`
            P lists of one RLE or None per frame.
        """
        if self._held is not None:
            self._settle(self._held, self._of_held)
        found = sorted(
            [*self._ended, *self._of_held], key=lambda one: one.rank
        )[: self.rules.max_tracks]
        return InstanceData(
            scores=torch.tensor([one.score for one in found]),
            labels=torch.full((len(found),), label),
            slots=torch.tensor([one.slot for one in found], dtype=torch.int64),
            segmentations=[self._segmentations(one) for one in found],
        )

    def _begin(self, first: int, slot: int) -> _Track:
        self._num_tracks += 1
        return _Track(self._num_tracks, slot, first)

    def _join(
        self, held: SlotWindow, window: SlotWindow
    ) -> tuple[SlotWindow, list[_Track | None]]:
        """The window with means where it overlaps, and tracks of its slots."""
        shared = held.probs.shape[1]
        overlap = mask_overlap(
            held.probs,
            self._visible(held),
            window.probs[:, :shared],
            self._visible(window.frames(held.start, held.end)),
        )
        affinity = slot_affinity(
            *overlap,
            self._last_embeds,
            window.embeds[:, : max(shared, 1)].mean(1),
            self.rules.mask_weight,
            self.rules.slot_weight,
        )
        before = join_slots(affinity, self.rules.join_thr)
        new = [n for n, row in enumerate(before) if row >= 0]
        old = [before[n] for n in new]
        probs, logits = window.probs.clone(), window.mask_logits.clone()
        for mixed, of_held in (
            (probs, held.probs),
            (logits, held.mask_logits),
        ):
            mixed[new, :shared] = (mixed[new, :shared] + of_held[old]) / 2
        alone = sorted(set(range(len(held.slots))) - set(old))
        self._end(held, alone)
        tracks = [self._of_held[row] if row >= 0 else None for row in before]
        return window._replace(probs=probs, mask_logits=logits), tracks

    def _visible(self, window: SlotWindow) -> Tensor:
        """(P, T, h, w) bool."""
        is_there = window.probs >= self.rules.frame_thr
        return (window.mask_logits > 0) & is_there[..., None, None]

    def _end(self, held: SlotWindow, rows: list[int]) -> None:
        """Settle tracks that no slot continues; keep the best ones."""
        tracks = [self._of_held[row] for row in rows]
        part = SlotWindow(held.start, *(one[rows] for one in held[1:]))
        self._settle(part, tracks)
        self._ended += tracks
        self._ended.sort(key=lambda one: one.rank)
        del self._ended[self.rules.max_tracks :]

    def _settle(self, window: SlotWindow, tracks: list[_Track]) -> None:
        """Encode the masks of frames that no other window will have."""
        is_empty = window.probs < self.rules.frame_thr
        for track, probs, logits, hidden in zip(
            tracks, window.probs, window.mask_logits, is_empty
        ):
            track.probs += probs.double().tolist()
            counts = encode_mask_logits(
                logits, self.img_shape, self.img_shape, self.ori_shape
            )
            track.counts += [
                None if is_hidden else one
                for one, is_hidden in zip(counts, hidden.tolist())
            ]

    def _segmentations(self, track: _Track) -> list[dict | None]:
        size = [int(side) for side in self.ori_shape]
        masks = [
            one and {'size': list(size), 'counts': one.decode('ascii')}
            for one in track.counts
        ]
        missing = self.num_frames - track.first - len(masks)
        return [None] * track.first + masks + [None] * missing
