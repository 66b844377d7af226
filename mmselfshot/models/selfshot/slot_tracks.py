"""From the slots of a video to its tracks.

Source: Self-Shot VIS (ECCV 2022), App. A.3: one mask sequence per slot.
Ours, as in VisTR: a slot's score is the mean of its foreground probability
over the frames, a pixel belongs to it from .5 on, and a frame with a
foreground probability below .001 is empty.
Shapes: T frames, P slots, h w pixels of the logits.
"""

import numpy as np
import torch
from mmengine.structures import InstanceData
from torch import Tensor

from mmselfshot.models.minvis.streamed_tracks import resize_masks
from mmselfshot.structures.rle import encode_masks

Size = tuple[int, int]
FRAME_THR = 1e-3


def make_tracks(
    probs: Tensor,
    mask_logits: Tensor,
    slots: Tensor,
    img_shape: Size,
    ori_shape: Size,
    label: int = 0,
    frame_thr: float = FRAME_THR,
) -> InstanceData:
    """Tracks of a video by falling score.

    Args:
        probs: (P, T) float in [0, 1], foreground.
        mask_logits: (P, T, h, w) float.
        slots: (P,) int64, numbers of the slots.
        img_shape: Size of the network's input.
        ori_shape: Size of the original frames.
        label: Index of the class that all tracks are given.
        frame_thr: Below it a frame of a slot is empty.

    Returns:
        `scores` (P,) float, `labels` and `slots` (P,) int64, on the CPU,
        `segmentations` P lists of one RLE or None per frame.
    """
    scores, order = probs.float().mean(1).sort(descending=True, stable=True)
    segmentations = []
    for prob, logits in zip(probs[order], mask_logits[order]):
        masks = resize_masks(logits, img_shape, img_shape, ori_shape)
        masks &= (prob >= frame_thr)[:, None, None]
        segmentations.append(encode_masks(masks.cpu().numpy().view(np.uint8)))
    return InstanceData(
        scores=scores.cpu(),
        labels=torch.full((len(scores),), label),
        slots=slots[order].cpu(),
        segmentations=segmentations,
    )
