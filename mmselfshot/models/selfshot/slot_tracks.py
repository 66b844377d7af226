"""From the slots of a query of one window to its tracks.

Source and shapes: see `windowed_tracks`.
"""

from mmengine.structures import InstanceData
from torch import Tensor

from mmselfshot.models.selfshot.window_rules import WindowRules
from mmselfshot.models.selfshot.windowed_tracks import (
    SlotWindow,
    WindowedTracks,
)

Size = tuple[int, int]
DEFAULTS = WindowRules()


def make_tracks(
    probs: Tensor,
    mask_logits: Tensor,
    slots: Tensor,
    img_shape: Size,
    ori_shape: Size,
    label: int = 0,
    rules: WindowRules = DEFAULTS,
) -> InstanceData:
    """Tracks of a video by falling score.

    Args:
        probs: (P, T) float in [0, 1], foreground.
        mask_logits: (P, T, h, w) float.
        slots: (P,) int64, numbers of the slots.
        img_shape: Size of the network's input.
        ori_shape: Size of the original frames.
        label: Index of the class that all tracks are given.
        rules: Of them `frame_thr` and `max_tracks` count here.

    Returns:
        See `WindowedTracks.finish`.
    """
    tracks = WindowedTracks(rules, img_shape, ori_shape)
    embeds = probs[..., None]  # of no use without another window
    tracks.add(SlotWindow(0, probs, mask_logits, embeds, slots))
    return tracks.finish(label)
