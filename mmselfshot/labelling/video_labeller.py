"""Masks and names for the frames of videos, by any proposer and namer.

Source: UVIS (CVPR-W 2024): class-agnostic masks per frame, each named by
CLIP. Filters come later and over all videos, see `apis.labelling`.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from mmselfshot.labelling.candidates import (
    CandidateTable,
    FrameCandidates,
    table_of_video,
)
from mmselfshot.labelling.source_videos import SourceVideo
from mmselfshot.labelling.vocabulary import check_vocabulary
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError

NAMELESS = 'object'  # the class of what nobody named


class VideoLabeller:
    """Runs a mask proposer and a namer over one video after another.

    Args:
        proposer: Config of a part with `propose(frames)`.
        namer: Config of a part with `name(frame, proposals)`; None calls
            everything `object`.
        classes: K names; go to the namer.
        frame_step: Every how manieth frame is looked at.
        window: Frames that go to the proposer at once; bounds the memory.
        device: As torch names it.

    Raises:
        UserError: If the names or numbers cannot be used.
    """

    def __init__(
        self,
        proposer: dict,
        namer: dict | None = None,
        classes: Sequence[str] = (NAMELESS,),
        frame_step: int = 1,
        window: int = 8,
        device: str | torch.device = 'cpu',
    ) -> None:
        for key, value in (('frame_step', frame_step), ('window', window)):
            if value < 1:
                raise UserError(f'{key}={value}; expected 1 or more')
        self.classes = check_vocabulary(classes)
        if namer is None and len(self.classes) > 1:
            raise UserError(
                f'{len(self.classes)} classes and no namer; set a namer, or '
                'one class'
            )
        self.frame_step = frame_step
        self.window = window
        self.proposer = _build(proposer, device)
        self.namer = None
        self.source = proposer['type'].rpartition('.')[2].lower()
        if namer is not None:
            self.namer = _build({**namer, 'classes': self.classes}, device)
            name = namer['type'].rpartition('.')[2].lower()
            self.source += '+' + (name.removesuffix('namer') or name)

    def __call__(
        self, video: SourceVideo, on_frames: Any = None
    ) -> CandidateTable:
        """Find and name the objects of one video.

        Args:
            video: Read frame by frame.
            on_frames: Called with the number of frames that are done.

        Raises:
            VideoError: If the video cannot be read.
        """
        frames = self._look_at(video, on_frames)
        # the entry is complete only after the last frame was read
        table = table_of_video(video.id, {}, frames, self.classes, self.source)
        table.videos[video.id].update(video.describe())
        return table

    def _look_at(
        self, video: SourceVideo, on_frames: Any
    ) -> Iterator[FrameCandidates]:
        for window in windows_of(
            video.sampled_frames(self.frame_step), self.window
        ):
            images = [image for _, image in window]
            with torch.no_grad():
                found = self.proposer.propose(images)
                for (index, image), proposals in zip(window, found):
                    yield self._name(index, image, proposals)
            if on_frames is not None:
                on_frames(len(window))

    def _name(
        self, index: int, image: np.ndarray, proposals: Any
    ) -> FrameCandidates:
        number = len(proposals.masks)
        if self.namer is None or number == 0:
            probs = np.ones((number, len(self.classes)), dtype=np.float32)
            features = np.zeros((number, 0), dtype=np.float32)
            is_small = np.zeros(number, dtype=bool)
        else:
            names = self.namer.name(image, proposals)
            probs, features = names.probs, names.features
            is_small = names.is_small
        return FrameCandidates(
            frame_id=index,
            masks=proposals.masks,
            mask_score=proposals.scores,
            probs=probs,
            features=features,
            box=proposals.boxes,
            is_small=is_small,
            predicted_iou=getattr(proposals, 'predicted_ious', None),
        )


@contextmanager
def one_thread() -> Iterator[None]:
    """Let sums be made in one order, however many processes share the work.

    On the CPU the results of torch depend on the number of its threads, in
    the last digit. Labelling uses processes instead.
    """
    number = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(number)


def _build(cfg: dict, device: str | torch.device) -> Any:
    from mmengine.registry import DefaultScope

    from mmselfshot.registry import SCOPE

    with DefaultScope.overwrite_default_scope(SCOPE):
        part = MODELS.build(dict(cfg))
    if hasattr(part, 'to'):
        part = part.to(device)
    return part.eval() if isinstance(part, torch.nn.Module) else part


def windows_of(frames: Iterable, size: int) -> Iterator[list]:
    window = []
    for frame in frames:
        window.append(frame)
        if len(window) == size:
            yield window
            window = []
    if window:
        yield window
