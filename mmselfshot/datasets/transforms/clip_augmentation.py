"""Random changes of a clip, the same for all of its frames.

Source: MoCo v2's list of changes. Ours: Self-Shot VIS (ECCV 2022) does not
state its augmentation; all numbers are to be given.
Shapes: T frames, H W pixels.
"""

import math
from collections.abc import Sequence

import torch
from mmcv.transforms import BaseTransform
from torchvision.transforms import v2

from mmselfshot.registry import TRANSFORMS
from mmselfshot.utils import UserError


@TRANSFORMS.register_module()
class ClipAugmentation(BaseTransform):
    """Crop, flip, colours, grey, blur: drawn once, held over the frames.

    All draws come from torch's global generator.

    Args:
        size: (height, width) of the result, in pixels.
        crop_scale: Least and greatest area of the crop, of the frame.
        crop_ratio: Least and greatest width / height of the crop, relative
            to that of `size`.
        flip_prob: Chance of a mirrored clip.
        jitter: Largest relative change of brightness, contrast and
            saturation, and largest turn of the hue, of a full turn.
        jitter_prob: Chance that colours change.
        grey_prob: Chance of a clip without colour.
        blur_prob: Chance of a smoothed clip.
        blur_sigma: Least and greatest width of the smoothing, in pixels of
            the result.

    Raises:
        UserError: If a value is outside of its range.
    """

    def __init__(
        self,
        size: tuple[int, int],
        crop_scale: tuple[float, float] = (0.2, 1.0),
        crop_ratio: tuple[float, float] = (3 / 4, 4 / 3),
        flip_prob: float = 0.5,
        jitter: Sequence[float] = (0.4, 0.4, 0.4, 0.1),
        jitter_prob: float = 0.8,
        grey_prob: float = 0.2,
        blur_prob: float = 0.5,
        blur_sigma: tuple[float, float] = (0.1, 2.0),
    ) -> None:
        aspect = size[1] / size[0]
        ratio = tuple(aspect * one for one in crop_ratio)
        kernel = 2 * math.ceil(2 * blur_sigma[1]) + 1
        try:
            self.change = v2.Compose(
                [
                    v2.RandomResizedCrop(
                        tuple(size), crop_scale, ratio, antialias=True
                    ),
                    v2.RandomHorizontalFlip(flip_prob),
                    v2.RandomApply([v2.ColorJitter(*jitter)], jitter_prob),
                    v2.RandomGrayscale(grey_prob),
                    v2.RandomApply(
                        [v2.GaussianBlur(kernel, tuple(blur_sigma))],
                        blur_prob,
                    ),
                ]
            )
        except (TypeError, ValueError) as error:
            raise UserError(
                f'ClipAugmentation: {error}; correct its values in the config'
            ) from None

    def transform(self, results: dict) -> dict:
        """Change `clip`, (T, 3, H, W) uint8, to (T, 3, height, width)."""
        clip = results['clip']
        assert clip.dtype == torch.uint8 and clip.ndim == 4, clip.shape
        results['clip'] = self.change(clip)
        return results
