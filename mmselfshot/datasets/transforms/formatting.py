"""The last step of a pipeline: arrays into the sample a model takes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmdet.structures import DetDataSample, TrackDataSample
from mmdet.structures.mask import BitmapMasks
from mmengine.structures import InstanceData

from mmselfshot.datasets.transforms.loading import boxes_of
from mmselfshot.registry import TRANSFORMS

FRAME_KEYS = (
    'video_id',
    'frame_id',
    'video_length',
    'img_path',
    'ori_shape',
    'img_shape',
    'is_labelled',
)


@TRANSFORMS.register_module()
class PackClipInputs(BaseTransform):
    """Pack a sample as `dict(inputs, data_samples)`.

    `inputs` is (T, 3, H, W) uint8 RGB. `data_samples` is a TrackDataSample
    with metainfo `video_id` and `video_length` and one DetDataSample per
    frame, whose metainfo has `video_id`, `frame_id`, `video_length`,
    `img_path`, `ori_shape`, `img_shape` ((h, w)), `scale_factor` ((w, h)),
    `flip`, `flip_direction` and `is_labelled`. If masks were loaded, each
    frame has `gt_instances`: `bboxes` ((N, 4) float32 xyxy around the
    masks), `labels`, `instances_ids` ((N,) int64), `masks` (BitmapMasks).
    Instances whose mask is empty by now are dropped.

    Args:
        meta_keys: Further keys of the results to put into the metainfo of
            each frame.
    """

    def __init__(self, meta_keys: Sequence[str] = ()) -> None:
        self.meta_keys = tuple(meta_keys)

    def transform(self, results: dict[str, list]) -> dict[str, Any]:
        frames = np.stack(results['img']).transpose(0, 3, 1, 2)
        inputs = torch.from_numpy(np.ascontiguousarray(frames))
        packed = [
            self._pack_frame(results, index) for index in range(len(inputs))
        ]
        clip = TrackDataSample(
            metainfo={
                'video_id': results['video_id'][0],
                'video_length': results['video_length'][0],
            }
        )
        clip.video_data_samples = packed
        return {'inputs': inputs, 'data_samples': clip}

    def _pack_frame(self, results: dict, index: int) -> DetDataSample:
        meta = {
            'scale_factor': (1.0, 1.0),
            'flip': False,
            'flip_direction': None,
        }
        for key in (*FRAME_KEYS, *meta, *self.meta_keys):
            if key in results:
                meta[key] = results[key][index]
        meta['img_shape'] = tuple(results['img'][index].shape[:2])
        frame = DetDataSample(metainfo=meta)
        if 'gt_masks' in results:
            frame.gt_instances = _pack_instances(results, index)
        return frame

    def __repr__(self) -> str:
        return f'{type(self).__name__}(meta_keys={self.meta_keys})'


def _pack_instances(results: dict, index: int) -> InstanceData:
    masks = results['gt_masks'][index]
    kept = masks.masks.any((1, 2))
    stack = masks.masks[kept]
    return InstanceData(
        bboxes=torch.from_numpy(boxes_of(stack)),
        labels=torch.from_numpy(results['gt_bboxes_labels'][index][kept]),
        instances_ids=torch.from_numpy(
            results['gt_instances_ids'][index][kept]
        ),
        masks=BitmapMasks(stack, masks.height, masks.width),
    )
