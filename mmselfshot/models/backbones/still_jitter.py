"""Pictures changed at random, a whole batch at once, to train a small CLIP.

Ours, no paper: it makes stills look like crops at the boxes of moving things
in a video: tight, cut, turned, stretched or padded, partly hidden, blurred
and noisy.
Shapes: B pictures, H W pixels.
"""

import math

import torch
import torch.nn.functional as F
from mmengine.model import ImgDataPreprocessor
from torch import Tensor

from mmselfshot.registry import MODELS


@MODELS.register_module()
class StillJitter(ImgDataPreprocessor):
    """Normalises; in training, first draws a view of each picture.

    All draws come from torch's global generator.

    Args:
        zoom: Least and greatest side of the window, of the picture's side.
        stretch: Largest logarithm of the window's aspect ratio.
        turn: Largest angle, in degrees.
        hide_prob: Chance that a piece of another picture lies on top.
        cut_prob: Chance that another picture lies over one side, as what
            stands before an object in its box.
        blur_prob: Chance of a loss of resolution.
        light: Largest relative change of the brightness.
        noise: Largest standard deviation of the grey noise, of 255 levels.
        kwargs: See `mmengine.model.ImgDataPreprocessor`.
    """

    def __init__(
        self,
        zoom: tuple[float, float] = (0.75, 1.1),
        stretch: float = 0.3,
        turn: float = 20.0,
        hide_prob: float = 0.1,
        cut_prob: float = 0.0,
        blur_prob: float = 0.3,
        light: float = 0.2,
        noise: float = 6.0,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.zoom = zoom
        self.stretch = stretch
        self.turn = turn
        self.hide_prob = hide_prob
        self.cut_prob = cut_prob
        self.blur_prob = blur_prob
        self.light = light
        self.noise = noise

    def forward(self, data: dict, training: bool = False) -> dict:
        """Stack, normalise and, in training, jitter a batch."""
        data = super().forward(data, training)
        if training:
            data['inputs'] = self.jitter(data['inputs'])
        return data

    def jitter(self, pixels: Tensor) -> Tensor:
        """Draw a view of each picture.

        Args:
            pixels: (B, 3, H, W) float, normalised, so that 0 is the mean
                colour, which fills what lies outside.

        Returns:
            Of the same shape.
        """
        light = 1 + self.light * _around_zero(pixels, 1)
        pixels = self._view(pixels) * light[:, None, None]
        pixels = self._hide(pixels)
        pixels = self._cut(pixels)
        pixels = self._blur(pixels)
        grain = self.noise / float(self.std.mean())
        strength = torch.rand(len(pixels), 1, 1, 1, device=pixels.device)
        return pixels + grain * strength * torch.randn_like(pixels[:, :1])

    def _view(self, pixels: Tensor) -> Tensor:
        """Windows, turned and mirrored; half of them are padded."""
        low, high = self.zoom
        side = low + (high - low) * (_around_zero(pixels, 1) + 1) / 2
        aspect = torch.exp(self.stretch * _around_zero(pixels, 1) / 2)
        extent = torch.cat([side * aspect, side / aspect], 1)  # x, y
        slack = (1 - extent).clamp(min=0)
        centre = slack * _around_zero(pixels, 2)
        is_padded = torch.rand_like(side) < 0.5
        longest = extent.amax(1, keepdim=True)
        inner = torch.where(is_padded, extent / longest, 1.0)
        extent = torch.where(is_padded, longest, extent)
        angle = math.radians(self.turn) * _around_zero(pixels, 1)
        mirror = torch.where(torch.rand_like(side) < 0.5, -1.0, 1.0)
        cos, sin = angle.cos() * extent, angle.sin() * extent
        to_x = [cos[:, :1] * mirror, -sin[:, 1:], centre[:, :1]]
        to_y = [sin[:, :1] * mirror, cos[:, 1:], centre[:, 1:]]
        theta = torch.stack([torch.cat(to_x, 1), torch.cat(to_y, 1)], 1)
        grid = F.affine_grid(theta, list(pixels.shape), align_corners=False)
        viewed = F.grid_sample(
            pixels, grid, padding_mode='zeros', align_corners=False
        )
        return viewed * _band(pixels, inner)

    def _hide(self, pixels: Tensor) -> Tensor:
        """Lay a piece of the next picture over some."""
        height, width = pixels.shape[-2:]
        size = 0.2 + 0.3 * torch.rand(len(pixels), 2, device=pixels.device)
        start = torch.rand_like(size) * (1 - size)
        rows = torch.arange(height, device=pixels.device) / height
        columns = torch.arange(width, device=pixels.device) / width
        is_row = (rows >= start[:, :1]) & (rows < (start + size)[:, :1])
        is_column = (columns >= start[:, 1:]) & (
            columns < (start + size)[:, 1:]
        )
        chosen = torch.rand(len(pixels), 1, 1, device=pixels.device)
        piece = is_row[:, :, None] & is_column[:, None]
        piece = piece & (chosen < self.hide_prob)
        return torch.where(piece[:, None], pixels.roll(1, 0), pixels)

    def _cut(self, pixels: Tensor) -> Tensor:
        """Lay the next but one picture over a side of some."""
        height, width = pixels.shape[-2:]
        device = pixels.device
        rows = (torch.arange(height, device=device) + 0.5) / height * 2 - 1
        columns = (torch.arange(width, device=device) + 0.5) / width * 2 - 1
        angle = math.pi * _around_zero(pixels, 1)[..., None]
        reach = 0.1 + 0.9 * torch.rand(len(pixels), 1, 1, device=device)
        chosen = torch.rand(len(pixels), 1, 1, device=device) < self.cut_prob
        across = rows[:, None] * angle.sin() + columns * angle.cos()
        is_over = (across > reach) & chosen
        return torch.where(is_over[:, None], pixels.roll(2, 0), pixels)

    def _blur(self, pixels: Tensor) -> Tensor:
        """Shrink some pictures by one factor and stretch them again."""
        height, width = pixels.shape[-2:]
        factor = 0.4 + 0.5 * float(torch.rand(()))
        chosen = torch.rand(len(pixels), device=pixels.device)
        chosen = (chosen < self.blur_prob).nonzero()[:, 0]
        if not len(chosen):
            return pixels
        small = F.interpolate(
            pixels[chosen],
            (max(round(height * factor), 1), max(round(width * factor), 1)),
            mode='bilinear',
            antialias=True,
        )
        blurred = F.interpolate(small, (height, width), mode='bilinear')
        return pixels.index_copy(0, chosen, blurred)


def _around_zero(like: Tensor, columns: int) -> Tensor:
    """(B, columns) float, uniform in [-1, 1]."""
    return 2 * torch.rand(len(like), columns, device=like.device) - 1


def _band(pixels: Tensor, inner: Tensor) -> Tensor:
    """(B, 1, H, W), 1 in the centred part of these relative sides."""
    height, width = pixels.shape[-2:]
    rows = (torch.arange(height, device=pixels.device) + 0.5) / height
    columns = (torch.arange(width, device=pixels.device) + 0.5) / width
    is_row = (2 * rows - 1).abs() <= inner[:, 1:]
    is_column = (2 * columns - 1).abs() <= inner[:, :1]
    return (is_row[:, None, :, None] & is_column[:, None, None]).to(pixels)
