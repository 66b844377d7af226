"""Zero-shot baseline: whatever moves beside the camera is an instance.

Source: Self-Shot VIS (ECCV 2022), Tab. 2, compares with Dave et al.,
"Towards Segmenting Anything That Moves" [22], which is trained; this stands
for it, sees no support, and is trained on nothing.
Ours: all of it, see `camera_motion` and `moving_regions`.
Shapes: B videos, T frames, H W pixels.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import torch
from mmdet.structures import TrackDataSample
from mmengine.model import BaseModel
from mmengine.structures import InstanceData
from torch import Tensor

from mmselfshot.models.selfshot.camera_motion import (
    optical_flow,
    residual_motion,
)
from mmselfshot.models.selfshot.moving_regions import (
    MovingRegion,
    find_parts,
    link_parts,
)
from mmselfshot.registry import MODELS
from mmselfshot.structures.rle import encode_masks

_LEAST_SIDE = 16  # pixels, for optical flow


@MODELS.register_module()
class MotionSegmenter(BaseModel):
    """Segments what moves; it has no weights and cannot be trained.

    Args:
        motion_thr: Pixels per frame beside the camera's motion, from which
            on a pixel belongs to an object. At 80x128 pixels 1 is best of
            .4 to 1.2.
        min_area: Least share of the frame of an object.
        iou_thr: See `link_parts`; so is the next.
        max_gap: Frames.
        max_tracks: The best so many are kept.
        data_preprocessor: One that gives frames of 0 to 255 as they are.
    """

    def __init__(
        self,
        motion_thr: float = 1.0,
        min_area: float = 0.003,
        iou_thr: float = 0.3,
        max_gap: int = 6,
        max_tracks: int = 10,
        data_preprocessor: dict | None = None,
    ) -> None:
        super().__init__(
            data_preprocessor=MODELS.build(
                data_preprocessor
                or dict(type='EpisodePreprocessor', mean=[0] * 3, std=[1] * 3)
            )
        )
        self.motion_thr = motion_thr
        self.min_area = min_area
        self.iou_thr = iou_thr
        self.max_gap = max_gap
        self.max_tracks = max_tracks

    def forward(
        self,
        inputs: Mapping[str, Tensor | None],
        data_samples: Sequence[TrackDataSample] | None = None,
        mode: str = 'predict',
    ) -> list[TrackDataSample]:
        """Tracks of the queries.

        Args:
            inputs: `query` (B, T, 3, H, W), RGB from 0 to 255; supports are
                not looked at.
            data_samples: B of them, see `SelfShotVIS.predict`.
            mode: `predict`.

        Returns:
            `data_samples` with `pred_tracks`, as of `make_tracks`.
        """
        if mode != 'predict':
            raise RuntimeError(f'mode is {mode!r}; it can only predict')
        for query, sample in zip(inputs['query'], data_samples):
            meta = sample.metainfo
            frames = query[: meta.get('num_frames', len(query))]
            frames = frames.round().to(torch.uint8).permute(0, 2, 3, 1)
            sample.pred_tracks = tracks_of_regions(
                self.segment(frames.cpu().numpy()),
                len(frames),
                tuple(meta['ori_shape'][:2]),
                next(iter(meta.get('labels', ())), 0),
            )
        return list(data_samples)

    def segment(self, frames: np.ndarray) -> list[MovingRegion]:
        """What moves in a video, by falling score.

        Args:
            frames: (T, H, W, 3) uint8 RGB.

        Returns:
            At most `max_tracks`; none of a single or tiny frame.
        """
        num_frames, height, width = frames.shape[:3]
        if num_frames < 2 or min(height, width) < _LEAST_SIDE:
            return []
        grey = [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in frames]
        ahead = [optical_flow(*pair) for pair in pairwise(grey)]
        back = [optical_flow(*pair) for pair in pairwise(grey[::-1])][::-1]
        motions = join_motions(
            [residual_motion(flow) for flow in ahead],
            [residual_motion(flow) for flow in back],
        )
        least = max(round(self.min_area * height * width), 1)
        parts = [find_parts(one, self.motion_thr, least) for one in motions]
        regions = link_parts(parts, motions, back, self.iou_thr, self.max_gap)
        regions.sort(key=lambda one: -one.score(num_frames))
        return regions[: self.max_tracks]


def join_motions(
    ahead: Sequence[np.ndarray], back: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """Motion of T frames from that between them.

    What is hidden in the frame before or after moves in one direction only
    by a fault of the flow, so the smaller of the two counts.

    Args:
        ahead: T - 1 of (H, W) float, from each frame to the next.
        back: T - 1, from each frame but the first to the one before.

    Returns:
        T of (H, W) float.
    """
    middle = [np.minimum(*pair) for pair in zip(ahead[1:], back)]
    return [ahead[0], *middle, back[-1]]


def tracks_of_regions(
    regions: Sequence[MovingRegion],
    num_frames: int,
    ori_shape: tuple[int, int],
    label: int = 0,
) -> InstanceData:
    """Tracks as `make_tracks` gives them, their number for the slot.

    Args:
        regions: By falling score.
        num_frames: T.
        ori_shape: Size of the original frames.
        label: Index of the class that all tracks are given.
    """
    segmentations = []
    for one in regions:
        masks = np.zeros((num_frames, *ori_shape), np.uint8)
        for frame, mask in one.masks.items():
            masks[frame] = cv2.resize(
                mask.astype(np.uint8),
                ori_shape[::-1],
                interpolation=cv2.INTER_NEAREST,
            )
        segmentations.append(encode_masks(masks))
    scores: list[Any] = [one.score(num_frames) for one in regions]
    return InstanceData(
        scores=torch.tensor(scores, dtype=torch.float32),
        labels=torch.full((len(regions),), label),
        slots=torch.arange(len(regions)),
        segmentations=segmentations,
    )
