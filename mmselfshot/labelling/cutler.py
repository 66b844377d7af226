"""CutLER: masks from a detector that was trained on MaskCut's masks.

Source: CutLER (CVPR 2023); UVIS (CVPR-W 2024) takes its masks from the
released detector. The test size and the NMS are detectron2's.
Ours: `score_thr` and `max_per_frame`; UVIS gives no values.
"""

from collections.abc import Sequence

import mmcv
import numpy as np
import torch
from mmdet.structures import DetDataSample
from mmengine.registry import DefaultScope
from torch import Tensor, nn

from mmselfshot.assets import SCHEME, asset_path
from mmselfshot.datasets.transforms.resize import fit_size
from mmselfshot.labelling.proposals import Proposals
from mmselfshot.registry import MODELS, SCOPE
from mmselfshot.utils.checkpoint import load_weights


@MODELS.register_module()
class CutLER(nn.Module):
    """Masks of a class-agnostic detector, frame by frame.

    The score of a mask is the detector's: the mean probability of an object
    over the stages of its cascade.

    Args:
        model: Config of a `CutLERDetector`.
        checkpoint: Its weights: a file of `tools/train.py` or of
            `tools/model_converters/cutler.py`, or `mmselfshot://FILE`. None
            leaves the network untrained.
        score_thr: Least score of a mask.
        nms_iou: Of two boxes with a larger IoU only the better is kept.
        max_per_frame: Masks of a frame at most, the best ones.
        short_edge: Length to which a frame's short edge is brought, in
            pixels; None takes frames as they are.
        max_long_edge: Greatest length of the other edge.
        batch_size: Frames at once.

    Raises:
        UserError: If the checkpoint is missing or of another model.
    """

    def __init__(
        self,
        model: dict,
        checkpoint: str | None = None,
        score_thr: float = 0.5,
        nms_iou: float = 0.5,
        max_per_frame: int = 10,
        short_edge: int | None = 800,
        max_long_edge: int = 1333,
        batch_size: int = 1,
    ) -> None:
        super().__init__()
        with DefaultScope.overwrite_default_scope(SCOPE):
            self.model = MODELS.build(dict(model))
        self.model.roi_head.test_cfg.update(
            score_thr=score_thr,
            nms=dict(type='nms', iou_threshold=nms_iou),
            max_per_img=max_per_frame,
        )
        if checkpoint is not None:
            if checkpoint.startswith(SCHEME):
                checkpoint = str(asset_path(checkpoint))
            load_weights(self.model, checkpoint)
        self.eval()
        self.short_edge = short_edge
        self.max_long_edge = max_long_edge
        self.batch_size = batch_size

    @torch.no_grad()
    def propose(self, frames: Sequence[np.ndarray]) -> list[Proposals]:
        """Find masks in frames of one video.

        Args:
            frames: T times (H, W, 3) uint8, RGB, of one size.

        Returns:
            T of them, the best mask first.
        """
        device = next(self.model.parameters()).device
        self.model.data_preprocessor.to(device)
        found = []
        for start in range(0, len(frames), self.batch_size):
            pictures, samples = zip(
                *map(self._prepare, frames[start : start + self.batch_size])
            )
            data = dict(
                inputs=[torch.stack(pictures)], data_samples=[list(samples)]
            )
            data = self.model.data_preprocessor(data, False)
            (clip,) = self.model(**data, mode='predict')
            found += map(_proposals_of, clip)
        return found

    def _prepare(self, frame: np.ndarray) -> tuple[Tensor, DetDataSample]:
        old = new = frame.shape[:2]
        if self.short_edge is not None:
            new = fit_size(*old, self.short_edge, self.max_long_edge)
            frame = mmcv.imresize(frame, new[::-1], backend='pillow')
        meta = dict(
            ori_shape=old,
            img_shape=new,
            scale_factor=(new[1] / old[1], new[0] / old[0]),
        )
        picture = torch.tensor(frame).permute(2, 0, 1)
        return picture, DetDataSample(metainfo=meta)


def _proposals_of(sample: DetDataSample) -> Proposals:
    found = sample.pred_instances
    masks, scores = found.masks.cpu().numpy(), found.scores.cpu().numpy()
    return Proposals.from_masks(masks, scores)
