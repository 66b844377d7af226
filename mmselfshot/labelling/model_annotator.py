"""A trained model as the source of candidates, for self-training.

Source: CutLER (CVPR 2023), Sec. 3.4, and AutoQ-VIS (2508.19808) renew pseudo
labels with the model's own predictions between rounds.
Ours: what stands for the scores. Mask score: probability that the query
shows an object. Class probabilities: given that it does. Features: the query
embedding. Predicted IoU: what the mask's own probabilities make one expect.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from torch import Tensor, nn

from mmselfshot.labelling.candidates import FrameCandidates
from mmselfshot.labelling.proposals import Proposals
from mmselfshot.labelling.quality_filter import soft_iou


class ModelAnnotator:
    """Candidates of single frames from a model with `predict_frames`.

    Args:
        model: A `MinVIS` or one like it, in evaluation mode.
        cfg: Of its run; the test pipeline prepares the frames.
        min_score: Least probability of an object.
        max_per_frame: Candidates of a frame, the most probable objects.
    """

    def __init__(
        self,
        model: nn.Module,
        cfg: Config,
        min_score: float = 0.1,
        max_per_frame: int = 20,
    ) -> None:
        from mmselfshot.apis.frame_pipeline import FramePipeline

        self.model = model
        self.pipeline = FramePipeline(cfg)
        self.min_score = min_score
        self.max_per_frame = max_per_frame

    @torch.no_grad()
    def __call__(
        self, images: Sequence[np.ndarray], frame_ids: Sequence[int]
    ) -> list[FrameCandidates]:
        """Find and name the objects of frames of one video.

        Args:
            images: T of (H, W, 3) uint8 RGB, one size.
            frame_ids: T indices.
        """
        packed = self.pipeline(images)
        data: dict[str, Any] = self.model.data_preprocessor(
            {
                'inputs': [packed['inputs']],
                'data_samples': [packed['data_samples']],
            }
        )
        frames = data['inputs'][0]
        meta = packed['data_samples'][0].metainfo
        shapes = (
            tuple(frames.shape[-2:]),
            tuple(meta['img_shape'][:2]),
            tuple(meta['ori_shape'][:2]),
        )
        found = zip(frame_ids, *self.model.predict_frames(frames))
        return [self._choose(*one, shapes) for one in found]

    def _choose(
        self,
        frame_id: int,
        logits: Tensor,
        mask_logits: Tensor,
        embeds: Tensor,
        shapes: tuple,
    ) -> FrameCandidates:
        from mmselfshot.models.minvis.streamed_tracks import resize_masks

        probs = logits.float().softmax(-1)
        objectness = 1 - probs[:, -1]
        best = objectness.argsort(descending=True, stable=True)
        best = best[: self.max_per_frame]
        best = best[objectness[best] >= self.min_score]
        masks = resize_masks(mask_logits[best], *shapes).cpu().numpy()
        seen = masks.any((1, 2))
        best = best[torch.as_tensor(seen, device=best.device)]
        scores = objectness[best]
        soft = mask_logits[best].float()
        proposals = Proposals.from_masks(masks[seen], scores.cpu().numpy())
        return FrameCandidates(
            frame_id=frame_id,
            masks=proposals.masks,
            mask_score=proposals.scores,
            probs=(probs[best, :-1] / scores[:, None]).cpu().numpy(),
            features=nn.functional.normalize(embeds[best], dim=-1)
            .float()
            .cpu()
            .numpy(),
            box=proposals.boxes,
            is_small=np.zeros(len(best), dtype=bool),
            predicted_iou=soft_iou(
                soft.sigmoid().cpu().numpy(), (soft > 0).cpu().numpy()
            ),
        )


def hash_weights(model: nn.Module) -> str:
    """Identify a model by its parameters; equal on all ranks of a run."""
    digest = hashlib.sha256()
    for name, value in sorted(model.named_parameters()):
        digest.update(name.encode())
        value = value.detach().cpu().contiguous()
        digest.update(value.view(-1).view(torch.uint8).numpy())
    return digest.hexdigest()[:16]
