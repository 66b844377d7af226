"""Random views of pictures, with the map from one view to another.

Source: DINO (ICCV 2021), Sec. 3.1, multi-crop: a few large views and many
small ones. Ours: a whole batch is cropped at once by `grid_sample`, so that
drawing costs no process; and it is known where a view lies, so that patches
of two views can be brought together.
Shapes: B pictures, h w patches of a view. Places are (x, y) in units of the
picture, -1 to 1 from its first to its last pixel's edge.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass
class View:
    """One view of each of B pictures.

    Attributes:
        pixels: (B, 3, S, S) float.
        centre: (B, 2) float, of the crop, in picture units.
        reach: (B, 2) float, half the crop's sides; a negative first one
            mirrors the crop.
    """

    pixels: Tensor
    centre: Tensor
    reach: Tensor

    def places(self, height: int, width: int) -> Tensor:
        """Centres of the patches, (B, h, w, 2), in picture units."""
        theta = torch.diag_embed(self.reach)
        theta = torch.cat([theta, self.centre[:, :, None]], dim=2)
        size = [len(self.centre), 1, height, width]
        return F.affine_grid(theta, size, align_corners=False)

    def local(self, places: Tensor) -> Tensor:
        """Picture units to units of this view, same shape."""
        offset = places - self.centre[:, None, None]
        return offset / self.reach[:, None, None]


class MultiCrop:
    """Draws views.

    Args:
        side: S, pixels of the square views.
        scale: Least and largest side of the crop, of the picture's side.
        flip_prob: Chance of a mirrored view.
        colour: Largest relative change of brightness, contrast, saturation.
        hue: Largest turn of the hue, of a full turn.
        grey_prob: Chance of a view without colour.
        blur: Chance of a smoothed view (3 x 3 binomial).
        noise: Largest standard deviation of added noise, in [0, 255].
    """

    def __init__(
        self,
        side: int,
        scale: tuple[float, float],
        flip_prob: float = 0.5,
        colour: tuple[float, float, float] = (0.0, 0.0, 0.0),
        hue: float = 0.0,
        grey_prob: float = 0.0,
        blur: float = 0.0,
        noise: float = 0.0,
    ) -> None:
        self.side = side
        self.scale = scale
        self.flip_prob = flip_prob
        self.colour = colour
        self.hue = hue
        self.grey_prob = grey_prob
        self.blur = blur
        self.noise = noise

    def __call__(self, pictures: Tensor) -> View:
        """Draw one view of each picture.

        Args:
            pictures: (B, 3, H, W) float RGB in [0, 255].
        """
        num = len(pictures)
        least, largest = self.scale
        share = _uniform(pictures, (num, 1), least, largest)
        centre = _uniform(pictures, (num, 2), -1, 1) * (1 - share)
        mirrored = torch.rand_like(share) < self.flip_prob
        reach = torch.cat([torch.where(mirrored, -share, share), share], 1)
        view = View(pictures, centre, reach)
        pixels = F.grid_sample(
            pictures,
            view.places(self.side, self.side),
            mode='bicubic',
            padding_mode='reflection',
            align_corners=False,
        )
        view.pixels = self._disturb(pixels).clamp(0, 255)
        return view

    def _disturb(self, x: Tensor) -> Tensor:
        one = (len(x), 1, 1, 1)
        brightness, contrast, saturation = self.colour
        x = x * _uniform(x, one, 1 - brightness, 1 + brightness)
        mean = x.mean((1, 2, 3), keepdim=True)
        x = mean + (x - mean) * _uniform(x, one, 1 - contrast, 1 + contrast)
        grey = x.mean(1, keepdim=True)
        keep = _uniform(x, one, 1 - saturation, 1 + saturation)
        keep = keep * (torch.rand_like(keep) >= self.grey_prob)
        x = turn_hue(grey + (x - grey) * keep, self._angles(x))
        if self.blur:
            smooth = F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
            x = torch.where(torch.rand_like(keep) < self.blur, smooth, x)
        if self.noise:
            x = x + torch.randn_like(x) * _uniform(x, one, 0, self.noise)
        return x

    def _angles(self, x: Tensor) -> Tensor:
        turn = 2 * torch.pi * self.hue
        return _uniform(x, (len(x),), -turn, turn)


def turn_hue(x: Tensor, angle: Tensor) -> Tensor:
    """Turn colours about the grey axis of RGB (Rodrigues' formula).

    Args:
        x: (B, 3, H, W) float.
        angle: (B,) float, radians.
    """
    axis = x.new_full((3,), 3**-0.5)
    zero = axis.new_zeros(())
    a, b, c = axis
    cross = torch.stack([zero, -c, b, c, zero, -a, -b, a, zero]).view(3, 3)
    cos, sin = angle.cos()[:, None, None], angle.sin()[:, None, None]
    eye = torch.eye(3, dtype=x.dtype, device=x.device)
    turned = cos * eye + sin * cross + (1 - cos) * axis[:, None] * axis
    return torch.einsum('bij,bjhw->bihw', turned, x)


def _uniform(
    like: Tensor, shape: tuple[int, ...], low: float, high: float
) -> Tensor:
    return torch.empty(shape, dtype=like.dtype, device=like.device).uniform_(
        low, high
    )
