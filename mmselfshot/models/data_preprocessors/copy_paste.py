"""Paste objects of other frames of the batch into a frame.

Source: CutLER (CVPR 2023), Sec. 3.3 and appendix; the reversed batch gives
the objects. Simple Copy-Paste (CVPR 2021) is the idea behind it.
Ours: objects may be flipped, and may come from all frames of the batch.
"""

import numpy as np
import torch
import torch.nn.functional as F
from mmdet.structures import DetDataSample
from mmdet.structures.mask import BitmapMasks
from mmengine.structures import InstanceData
from torch import Tensor, nn
from torchvision.ops import masks_to_boxes

from mmselfshot.registry import MODELS


@MODELS.register_module()
class CopyPaste(nn.Module):
    """A batch augmentation for `batch_augments` of a data preprocessor.

    Randomness comes from torch's global generator.

    Args:
        donors: `reversed` takes objects from the frame at the mirrored place
            in the batch, `all` from every frame of it.
        max_objects: Objects pasted into a frame at most; None for one less
            than the donors have, as published. At least one is drawn.
        scales: Range of the factor of an object's size.
        flip_prob: Chance that an object is flipped, in [0, 1].
        cover_thr: An object that would cover this share of another one, in
            (0, 1], is not pasted.
        prob: Chance that anything is pasted into a frame.
    """

    def __init__(
        self,
        donors: str = 'reversed',
        max_objects: int | None = None,
        scales: tuple[float, float] = (0.3, 1.0),
        flip_prob: float = 0.0,
        cover_thr: float = 0.5,
        prob: float = 1.0,
    ) -> None:
        super().__init__()
        if donors not in ('reversed', 'all'):
            raise ValueError(f"donors={donors!r}; expected 'reversed', 'all'")
        self.donors = donors
        self.max_objects = max_objects
        self.scales = scales
        self.flip_prob = flip_prob
        self.cover_thr = cover_thr
        self.prob = prob

    def forward(
        self, inputs: Tensor, data_samples: list[DetDataSample]
    ) -> tuple[Tensor, list[DetDataSample]]:
        """Paste into every frame.

        Args:
            inputs: (B, C, H, W) float, padded; not changed.
            data_samples: B of them with `img_shape`, and `gt_instances` with
                `labels`, `bboxes`, BitmapMasks `masks` of H x W, and
                `instances_ids` where known; not changed.

        Returns:
            The new batch. A pasted object has the label of its original and
            the negative of its id; of what it hides the masks are cut.
        """
        masks = [
            torch.from_numpy(one.gt_instances.masks.masks).to(
                inputs.device, torch.bool
            )
            for one in data_samples
        ]
        places = [
            (frame, index)
            for frame, of_frame in enumerate(masks)
            for index in range(len(of_frame))
        ]
        frames, samples = [], []
        for frame, sample in enumerate(data_samples):
            donor = len(data_samples) - 1 - frame
            chosen = self._choose(
                places
                if self.donors == 'all'
                else [place for place in places if place[0] == donor]
            )
            image, kept = inputs[frame].clone(), masks[frame].clone()
            origins = []
            for place in chosen:
                of_frame, index = place
                piece = self._move(
                    inputs[of_frame],
                    masks[of_frame][index],
                    sample.img_shape[:2],
                )
                if piece is None:
                    continue
                colours, mask = piece
                hidden = (kept & mask).sum((1, 2)) / kept.sum((1, 2)).clamp(1)
                if len(kept) and hidden.max() >= self.cover_thr:
                    continue
                image = torch.where(mask, colours, image)
                kept = torch.cat([kept & ~mask, mask[None]])
                origins.append(data_samples[of_frame].gt_instances[index])
            frames.append(image)
            samples.append(_with_objects(sample, kept, origins))
        return torch.stack(frames), samples

    def _choose(self, places: list) -> list:
        """Draw the objects that are pasted into a frame."""
        if not places or torch.rand(()) >= self.prob:
            return []
        most = self.max_objects or len(places) - 1
        most = max(1, min(most, len(places)))
        num = int(torch.randint(1, most + 1, ()))
        return [places[k] for k in torch.randperm(len(places))[:num]]

    def _move(
        self, image: Tensor, mask: Tensor, img_shape: tuple[int, int]
    ) -> tuple[Tensor, Tensor] | None:
        """An object at another place and size, inside the frame.

        Returns:
            (C, H, W) colours and (H, W) bool, or None if nothing is left.
        """
        rows, columns = mask.any(1).nonzero(), mask.any(0).nonzero()
        top, bottom = int(rows[0]), int(rows[-1]) + 1
        left, right = int(columns[0]), int(columns[-1]) + 1
        low, high = self.scales
        scale = low + (high - low) * float(torch.rand(()))
        size = [
            min(max(1, round(length * scale)), limit)
            for length, limit in zip((bottom - top, right - left), img_shape)
        ]
        piece = image[:, top:bottom, left:right]
        shape = mask[top:bottom, left:right].to(image.dtype)
        both = F.interpolate(
            torch.cat([piece, shape[None]])[None], size, mode='bilinear'
        )[0]
        if torch.rand(()) < self.flip_prob:
            both = both.flip(-1)
        shape = both[-1] > 0.5
        if not shape.any():
            return None
        y, x = (
            int(torch.randint(0, limit - length + 1, ()))
            for length, limit in zip(size, img_shape)
        )
        colours = torch.zeros_like(image)
        moved = torch.zeros_like(mask)
        colours[:, y : y + size[0], x : x + size[1]] = both[:-1]
        moved[y : y + size[0], x : x + size[1]] = shape
        return colours, moved


def _with_objects(
    sample: DetDataSample, masks: Tensor, origins: list[InstanceData]
) -> DetDataSample:
    """A sample whose objects are its own, then the pasted ones."""
    if not origins:
        return sample
    own = sample.gt_instances
    parts = [own, *origins]
    boxes = masks_to_boxes(masks)
    boxes[:, 2:] += 1
    objects = InstanceData(
        bboxes=boxes,
        labels=torch.cat([part.labels for part in parts]),
        masks=BitmapMasks(
            list(masks.cpu().numpy().astype(np.uint8)), *masks.shape[-2:]
        ),
    )
    if 'instances_ids' in own:
        objects.instances_ids = torch.cat(
            [own.instances_ids, *[-one.instances_ids for one in origins]]
        )
    return DetDataSample(metainfo=sample.metainfo, gt_instances=objects)
