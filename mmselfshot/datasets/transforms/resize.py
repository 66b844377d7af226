"""Resizing of whole clips.

Source: MinVIS resizes with PIL: frames bilinear, masks nearest.
Ours: one draw per clip; a side never becomes 0.
Why not mmdet's `Resize`: it resizes masks with OpenCV, whose nearest
neighbour starts at the corner of a pixel, so that masks move by up to half a
pixel of the larger picture against the frame (measured in the tests).
"""

import random
from collections.abc import Sequence

import mmcv
import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from mmdet.structures.mask import BitmapMasks

from mmselfshot.registry import TRANSFORMS


def fit_size(
    height: int, width: int, short_edge: int, max_long_edge: int
) -> tuple[int, int]:
    """The size with a given short edge, unless the long one gets too long.

    Returns:
        (h, w) in pixels, each at least 1, halves rounded up.
    """
    scale = min(
        max_long_edge / max(height, width), short_edge / min(height, width)
    )
    return (
        max(int(height * scale + 0.5), 1),
        max(int(width * scale + 0.5), 1),
    )


@TRANSFORMS.register_module()
class ResizeClip(BaseTransform):
    """Resize all frames of a sample by one short edge.

    Changes `img`, `img_shape`, and, where there, `gt_masks` and `gt_bboxes`;
    adds `scale_factor` ((w, h), new over old).

    Args:
        short_edges: Lengths in pixels, one of them is drawn per sample.
        max_long_edge: Greatest length of the other edge, in pixels.
    """

    def __init__(
        self, short_edges: int | Sequence[int], max_long_edge: int = 1333
    ) -> None:
        if isinstance(short_edges, int):
            short_edges = (short_edges,)
        self.short_edges = tuple(short_edges)
        self.max_long_edge = max_long_edge

    def transform(self, results: dict[str, list]) -> dict[str, list]:
        short_edge = self._draw_short_edge()
        results['scale_factor'] = []
        for index, frame in enumerate(results['img']):
            old_h, old_w = frame.shape[:2]
            height, width = fit_size(
                old_h, old_w, short_edge, self.max_long_edge
            )
            factor = width / old_w, height / old_h
            results['img'][index] = mmcv.imresize(
                frame, (width, height), backend='pillow'
            )
            results['img_shape'][index] = height, width
            results['scale_factor'].append(factor)
            if 'gt_masks' in results:
                results['gt_masks'][index] = _resize_masks(
                    results['gt_masks'][index], height, width
                )
            if 'gt_bboxes' in results:
                results['gt_bboxes'][index].rescale_(factor)
        return results

    @cache_randomness
    def _draw_short_edge(self) -> int:
        return random.choice(self.short_edges)

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(short_edges={self.short_edges}, '
            f'max_long_edge={self.max_long_edge})'
        )


def _resize_masks(masks: BitmapMasks, height: int, width: int) -> BitmapMasks:
    resized = np.zeros((len(masks), height, width), dtype=np.uint8)
    for new, mask in zip(resized, masks.masks):
        new[:] = mmcv.imresize(
            mask, (width, height), interpolation='nearest', backend='pillow'
        )
    return BitmapMasks(resized, height, width)
