"""How a query that is longer than the network's slots becomes tracks.

Ours: the paper cuts its videos to 32 frames. As in VisTR, a slot's score is
the mean of its foreground probability over the frames, a pixel belongs to it
from .5 on, and a frame with a foreground probability below .001 is empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from mmselfshot.utils import UserError

FRAME_THR = 1e-3


@dataclass(frozen=True)
class WindowRules:
    """Options of `SelfShotVIS.test_cfg`.

    Args:
        score_thr: Slots of a window with a weaker score are left out and
            not segmented; 0: none is.
        frame_thr: Foreground probability below which a frame is empty.
        window: Frames of a window, at most those of the network; None: just
            as many.
        overlap: Frames that neighbouring windows share; None: a quarter of
            the window, at least 1 where it has more than one frame, or masks
            could not be compared. The last window may share more, so that
            it is full.
        mask_weight: Of the mask overlap in `join_slots`.
        slot_weight: Of the similarity of slots.
        join_thr: Slots of two windows that are less alike are not joined.
        max_tracks: Of a video at most; the best ones stay.
        has_repeated_frames: Fill up a video that is shorter than a window
            with its last frame, as the paper does in training.
    """

    score_thr: float = 0.0
    frame_thr: float = FRAME_THR
    window: int | None = None
    overlap: int | None = None
    mask_weight: float = 2.0
    slot_weight: float = 1.0
    join_thr: float = 0.4
    max_tracks: int = 100
    has_repeated_frames: bool = True

    def sizes(self, num_frames: int, num_slots: int) -> tuple[int, int]:
        """Frames of a window and of an overlap.

        Args:
            num_frames: That the network has slots for.
            num_slots: Of a frame.

        Raises:
            UserError: If values do not fit each other or the network.
        """
        window = num_frames if self.window is None else self.window
        if not 1 <= window <= num_frames:
            raise UserError(
                f'windows of {window} frames; the model has slots for '
                f'{num_frames}, expected 1 to {num_frames}'
            )
        overlap = self.overlap
        if overlap is None:
            overlap = min(max(window // 4, 1), window - 1)
        if not 0 <= overlap < window:
            raise UserError(
                f'windows of {window} frames with an overlap of {overlap}; '
                f'expected 0 to {window - 1}'
            )
        weights = self.mask_weight, self.slot_weight
        if min(weights) < 0 or not any(weights):
            raise UserError(
                f'mask_weight={weights[0]}, slot_weight={weights[1]}; '
                'expected 0 or more, and one of them above 0'
            )
        if self.max_tracks < num_slots:
            raise UserError(
                f'max_tracks={self.max_tracks}; expected at least the '
                f'{num_slots} slots of the model'
            )
        return window, overlap


def read_rules(test_cfg: Mapping[str, Any]) -> WindowRules:
    """Make the rules of a config.

    Raises:
        UserError: If there is no such option.
    """
    known = [one.name for one in fields(WindowRules)]
    for name in test_cfg:
        if name not in known:
            raise UserError(
                f'no option {name!r} in model.test_cfg; expected some of '
                f'{", ".join(known)}'
            )
    return WindowRules(**test_cfg)
