"""Kinds of what each cell of a frame shows, to pretrain a small backbone.

Ours: Self-Shot VIS starts from the backbone of a detector trained on COCO's
labelled masks; ToyVIS has the frames of its seen kinds instead.
Shapes: B frames, K kinds, C channels, H W pixels, h w cells at stride 4.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmdet.structures import TrackDataSample
from mmengine.model import BaseModel
from torch import Tensor, nn

from mmselfshot.models.data_preprocessors.frame_norm import normalise_frames
from mmselfshot.registry import MODELS

STRIDE = 4  # at which kinds are compared


@MODELS.register_module()
class CellClassifier(BaseModel):
    """Backbone and a linear map from its last features to kinds.

    Args:
        backbone: Config of a backbone that returns a tuple of maps.
        num_channels: C of the last of them.
        num_kinds: K; class 0 of the map is the background.
        background_weight: Of background cells in the loss, kinds have 1.
        init_cfg: See `mmengine.model.BaseModule`.
    """

    def __init__(
        self,
        backbone: dict,
        num_channels: int,
        num_kinds: int,
        background_weight: float = 0.3,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.backbone = MODELS.build(backbone)
        self.head = nn.Conv2d(num_channels, num_kinds + 1, 1)
        self.background_weight = background_weight

    def forward(
        self,
        inputs: Sequence[Tensor],
        data_samples: Sequence[TrackDataSample] | None = None,
        mode: str = 'tensor',
    ) -> Tensor | dict | list[dict]:
        """Classify the cells of a batch of frames.

        Args:
            inputs: B times (1, 3, H, W) uint8 RGB.
            data_samples: B clips of one frame with `gt_instances`.
            mode: 'loss', 'predict' or 'tensor'.

        Returns:
            tensor: (B, K + 1, h, w) float logits; loss: `{'loss_kind':
            scalar}`; predict: B dicts with `right` and `shown`, numbers of
            cells of things.
        """
        frames = torch.cat(list(inputs)).float()
        logits = self.head(self.backbone(normalise_frames(frames))[-1])
        size = [side // STRIDE for side in frames.shape[-2:]]
        logits = F.interpolate(logits, size, mode='bilinear')
        if mode == 'tensor':
            return logits
        kinds = torch.stack([kind_map(one, size) for one in data_samples])
        kinds = kinds.to(logits.device)
        shown = kinds > 0
        if mode == 'predict':
            right = shown & (logits.argmax(1) == kinds)
            return [
                dict(right=int(one.sum()), shown=int(every.sum()))
                for one, every in zip(right, shown)
            ]
        losses = F.cross_entropy(logits, kinds, reduction='none')
        of_things = (losses * shown).sum() / shown.sum().clamp(min=1)
        rest = (losses * ~shown).sum() / (~shown).sum().clamp(min=1)
        return dict(loss_kind=of_things + self.background_weight * rest)


def kind_map(sample: TrackDataSample, size: Sequence[int]) -> Tensor:
    """What stands in the middle of each cell.

    Args:
        sample: A clip of one frame, masks do not overlap.
        size: h and w.

    Returns:
        (h, w) int64, 0 = background, else label + 1.
    """
    (frame,) = sample.video_data_samples
    truth = frame.gt_instances
    masks = torch.from_numpy(truth.masks.masks).long()
    labels = truth.labels.cpu() + 1
    middle = STRIDE // 2
    masks = masks[:, middle::STRIDE, middle::STRIDE][:, : size[0], : size[1]]
    return (masks * labels[:, None, None]).sum(0)
