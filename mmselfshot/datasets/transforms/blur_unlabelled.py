"""Take what nobody labelled out of sparsely labelled frames.

Ours, no paper. Where only some objects of a frame are labelled, the others
would be taught as background. Near a labelled object the truth is known;
elsewhere the frame is blurred until no object is left to be denied.
"""

import cv2
import numpy as np
from mmcv.transforms import BaseTransform

from mmselfshot.registry import TRANSFORMS


def nearness(masks: np.ndarray, margin: float) -> np.ndarray:
    """How near every pixel is to a mask.

    Args:
        masks: (N, H, W) uint8 or bool.
        margin: Distance at which 0 is reached, in square roots of a mask's
            area.

    Returns:
        (H, W) float32: 1 in a mask and up to half of its margin, then
        falling to 0 linearly.
    """
    near = np.zeros(masks.shape[1:], dtype=np.float32)
    for mask in masks:
        area = int(mask.sum())
        if area == 0:
            continue
        distance = cv2.distanceTransform(
            (mask == 0).astype(np.uint8), cv2.DIST_L2, 5
        )
        reach = max(margin * area**0.5, 1.0)
        near = np.maximum(near, np.clip(2 - 2 * distance / reach, 0, 1))
    return near


@TRANSFORMS.register_module()
class BlurUnlabelled(BaseTransform):
    """Blur all of a frame that is not near a labelled object.

    Changes `img` of frames with `gt_masks`; a frame without a mask is
    blurred whole.

    Args:
        margin: See `nearness`.
        num_cells: The blurred picture has this many cells along its short
            edge.
    """

    def __init__(self, margin: float = 0.4, num_cells: int = 6) -> None:
        self.margin = margin
        self.num_cells = num_cells

    def transform(self, results: dict[str, list]) -> dict[str, list]:
        for index, frame in enumerate(results['img']):
            near = nearness(results['gt_masks'][index].masks, self.margin)
            height, width = frame.shape[:2]
            scale = min(self.num_cells / min(height, width), 1.0)
            small = cv2.resize(
                frame,
                (max(round(width * scale), 1), max(round(height * scale), 1)),
                interpolation=cv2.INTER_AREA,
            )
            blurred = cv2.resize(
                small, (width, height), interpolation=cv2.INTER_CUBIC
            )
            near = near[..., None]
            mixed = near * frame + (1 - near) * blurred
            results['img'][index] = mixed.round().astype(np.uint8)
        return results

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(margin={self.margin}, '
            f'num_cells={self.num_cells})'
        )
