"""From the slots of every frame to the tracks of a video, as a stream.

Source: MinVIS (NeurIPS 2022), Sec. 3.2: class logits are averaged over the
frames before the softmax, and the best (slot, class) pairs become tracks.
Ours: the published program keeps the mask logits of all frames until the
end. Here every slot is run-length encoded as its frame comes, because any
slot may still be chosen; then nothing but run lengths grows with the video.
A track without a pixel in any frame is kept, as in the published program.
"""

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.structures import InstanceData
from pycocotools import mask as coco_mask
from torch import Tensor

from mmselfshot.structures import Tracks, distinct_tracks

Size = tuple[int, int]
MAX_PIXELS = 2**24  # of masks that are resized at once


def resize_masks(
    mask_logits: Tensor, padded_shape: Size, img_shape: Size, ori_shape: Size
) -> Tensor:
    """Bring mask logits to the pixels of the original frame.

    Bilinear to the padded size, cut to the image, bilinear to the original
    size, above 0. A resize to the size that is there already changes
    nothing and is left out.

    Args:
        mask_logits: (N, h, w) float.
        padded_shape: Size of the network's input.
        img_shape: Size of the image in it, without padding.
        ori_shape: Size of the original frame.

    Returns:
        (N, H, W) bool.
    """
    masks = mask_logits[None].float()
    if masks.shape[-2:] != tuple(padded_shape):
        masks = F.interpolate(masks, tuple(padded_shape), mode='bilinear')
    masks = masks[..., : img_shape[0], : img_shape[1]]
    if tuple(img_shape) != tuple(ori_shape):
        masks = F.interpolate(masks, tuple(ori_shape), mode='bilinear')
    return masks[0] > 0


def encode_mask_logits(
    mask_logits: Tensor,
    padded_shape: Size,
    img_shape: Size,
    ori_shape: Size,
    max_pixels: int = MAX_PIXELS,
) -> list[bytes | None]:
    """Run lengths of masks at the size of the original frame.

    Args:
        mask_logits: (N, h, w) float.
        padded_shape: See `resize_masks`; so are the next two.
        max_pixels: Pixels of masks that are resized at once; bounds the
            memory, changes no result.

    Returns:
        N counts of compressed RLE, None for a mask without a pixel.
    """
    counts: list[bytes | None] = [None] * len(mask_logits)
    # Bilinear values are convex combinations, so a mask without a positive
    # logit has no positive pixel at any size.
    seen = (mask_logits > 0).flatten(1).any(1).nonzero().flatten()
    if len(seen) == 0:
        return counts
    pixels = max(
        padded_shape[0] * padded_shape[1], ori_shape[0] * ori_shape[1]
    )
    for numbers in seen.split(max(1, max_pixels // pixels)):
        masks = resize_masks(
            mask_logits[numbers], padded_shape, img_shape, ori_shape
        )
        has_pixel = masks.flatten(1).any(1)
        # (N, W, H) in memory is the column order that the coder reads.
        columns = masks[has_pixel].transpose(1, 2).contiguous()
        coded = columns.cpu().numpy().view(np.uint8).transpose(2, 1, 0)
        for number, rle in zip(
            numbers[has_pixel].tolist(), coco_mask.encode(coded)
        ):
            counts[number] = rle['counts']
    return counts


def best_pairs(avg_logits: Tensor, num: int) -> tuple[Tensor, Tensor, Tensor]:
    """The best (slot, class) pairs; a slot may come with several classes.

    Args:
        avg_logits: (Q, K + 1) float, no-object last.
        num: Pairs wanted; fewer come if Q * K is smaller.

    Returns:
        Scores float in [0, 1], falling; labels and slots int64; all (N,).
    """
    scores = avg_logits.softmax(-1)[:, :-1]
    num_classes = scores.shape[1]
    scores, index = scores.flatten().sort(descending=True, stable=True)
    index = index[:num]
    slots = index.div(max(num_classes, 1), rounding_mode='floor')
    return scores[:num], index % max(num_classes, 1), slots


class StreamedTracks:
    """Takes the frames of one video in order and gives its tracks.

    Args:
        num_tracks: Tracks of a video at most. The default is the paper's.
        max_pixels: See `encode_mask_logits`.
        duplicate_iou: Of tracks that overlap this much over the video, in
            (0, 1], only the best stays, whatever its class, and tracks
            without a pixel go. Ours; None, the default, keeps all, as in the
            published program.
    """

    def __init__(
        self,
        num_tracks: int = 10,
        max_pixels: int = MAX_PIXELS,
        duplicate_iou: float | None = None,
    ) -> None:
        self.num_tracks = num_tracks
        self.max_pixels = max_pixels
        self.duplicate_iou = duplicate_iou
        self.reset()

    def reset(self) -> None:
        """Forget the video."""
        self._logit_sum: Tensor | None = None
        self._sizes: list[Size] = []
        self._counts: list[list[bytes | None]] = []

    @property
    def num_frames(self) -> int:
        """Frames taken in since the last reset."""
        return len(self._sizes)

    def add(
        self,
        logits: Tensor,
        mask_logits: Tensor,
        padded_shape: Size,
        img_shape: Size,
        ori_shape: Size,
    ) -> None:
        """Take in the next frame, its queries in slot order.

        Args:
            logits: (Q, K + 1) float, no-object last.
            mask_logits: (Q, h, w) float.
            padded_shape: See `resize_masks`; so are the next two.
        """
        if self._logit_sum is None:
            self._logit_sum = torch.zeros_like(logits, dtype=torch.float64)
            self._counts = [[] for _ in logits]
        self._logit_sum += logits
        frame = encode_mask_logits(
            mask_logits, padded_shape, img_shape, ori_shape, self.max_pixels
        )
        for of_slot, counts in zip(self._counts, frame):
            of_slot.append(counts)
        self._sizes.append((int(ori_shape[0]), int(ori_shape[1])))

    def average_logits(self) -> Tensor:
        """(Q, K + 1) float32, mean over the frames so far."""
        assert self._logit_sum is not None, 'no frame was added'
        return (self._logit_sum / self.num_frames).float()

    def finish(self) -> InstanceData:
        """The tracks of the frames taken in, by falling score.

        Returns:
            `scores` (N,) float, `labels` and `slots` (N,) int64, on the CPU,
            `segmentations` N lists of one RLE or None per frame; N is 0 if
            there was no frame.
        """
        if self._logit_sum is None:
            return empty_tracks()
        scores, labels, slots = best_pairs(
            self.average_logits(), self.num_tracks
        )
        slots = slots.cpu()
        tracks = InstanceData(
            scores=scores.cpu(),
            labels=labels.cpu(),
            slots=slots,
            segmentations=[self._segmentations(slot) for slot in slots],
        )
        if self.duplicate_iou is None:
            return tracks
        return tracks[self._find_distinct(tracks)]

    def _find_distinct(self, tracks: InstanceData) -> Tensor:
        """(P,) int64, the tracks that are no duplicates, by falling score."""
        names = [str(number) for number in range(len(tracks))]
        read = Tracks(
            tracks.segmentations, *self._sizes[0], names, self.num_frames
        )
        kept = distinct_tracks(
            read, tracks.scores.tolist(), self.duplicate_iou
        )
        return torch.as_tensor(kept, dtype=torch.int64)

    def _segmentations(self, slot: int) -> list[dict | None]:
        return [
            counts and {'size': list(size), 'counts': counts.decode('ascii')}
            for counts, size in zip(self._counts[slot], self._sizes)
        ]


def empty_tracks() -> InstanceData:
    """The result of a video without any track."""
    return InstanceData(
        scores=torch.zeros(0),
        labels=torch.zeros(0, dtype=torch.int64),
        slots=torch.zeros(0, dtype=torch.int64),
        segmentations=[],
    )
