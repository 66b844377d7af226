"""Patch features of a self-supervised vision transformer.

Source: CutLER:maskcut/maskcut.py, as described in docs/uvis.md: frames are
resized to 480 x 480 (Lanczos, the aspect is lost), normalised by ImageNet's
statistics, and MaskCut reads the keys of DINO's last block.
Ours: other sizes, and several frames at once.
Shapes: T frames, C channels, h w patches.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from mmselfshot.assets import find_file
from mmselfshot.models.backbones import DINOVisionTransformer
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError
from mmselfshot.utils.checkpoint import load_weights

KINDS = ('key', 'query', 'value')


@MODELS.register_module()
class DINOFeatures(nn.Module):
    """Describes the patches of frames, for `MaskCut`.

    Args:
        backbone: Config of `DINOVisionTransformer`.
        checkpoint: Its weights: a file of tools/model_converters/dino.py or
            `mmselfshot://FILE`. None leaves them random.
        size: (height, width) to which frames are brought, in pixels, cut to
            whole patches. None keeps the aspect, see `scale`.
        scale: Where `size` is None, factor of both sides of a frame, which
            are then rounded to whole patches.
        kind: 'key', 'query' or 'value' of the last block.
        batch_size: Frames that the transformer sees at once.
        mean: RGB mean, of 255.
        std: RGB standard deviation, of 255.

    Raises:
        UserError: If the checkpoint does not fit, or for an unknown kind.
    """

    def __init__(
        self,
        backbone: dict,
        checkpoint: str | Path | None = None,
        size: tuple[int, int] | None = (480, 480),
        scale: float = 1.0,
        kind: str = 'key',
        batch_size: int = 4,
        mean: Sequence[float] = (123.675, 116.28, 103.53),
        std: Sequence[float] = (58.395, 57.12, 57.375),
    ) -> None:
        super().__init__()
        if kind not in KINDS:
            raise UserError(
                f'kind of DINOFeatures is {kind!r}; expected one of '
                f'{", ".join(KINDS)}'
            )
        self.backbone: DINOVisionTransformer = MODELS.build(backbone)
        if checkpoint is not None:
            load_weights(self.backbone, find_file(checkpoint))
        self.backbone.eval().requires_grad_(False)
        self.size = size
        self.scale = scale
        self.kind = kind
        self.batch_size = batch_size
        for name, values in (('mean', mean), ('std', std)):
            values = torch.tensor(values, dtype=torch.float32)
            self.register_buffer(name, values[:, None, None], persistent=False)

    def train(self, mode: bool = True) -> 'DINOFeatures':
        """Stay in evaluation mode: nothing here is trained."""
        return super().train(False)

    @torch.no_grad()
    def extract(self, frames: Sequence[np.ndarray]) -> Tensor:
        """Describe frames of one size.

        Args:
            frames: T times (H, W, 3) uint8, RGB.

        Returns:
            (T, C, h, w) float32, on the device of the weights.
        """
        parts = []
        for first in range(0, len(frames), self.batch_size):
            batch = [
                self._prepare(frame)
                for frame in frames[first : first + self.batch_size]
            ]
            x = (torch.stack(batch).to(self.mean) - self.mean) / self.std
            maps = self.backbone.last_block(x, has_class_token=False)
            parts.append(maps[self.kind].float())
        if not parts:
            return self.mean.new_zeros(0, self.backbone.embed_dims, 0, 0)
        return torch.cat(parts)

    def _prepare(self, frame: np.ndarray) -> Tensor:
        """(3, height, width) uint8 of a frame (H, W, 3)."""
        size = self._size_of(*frame.shape[:2])
        image = Image.fromarray(frame)
        image = image.resize(size[::-1], Image.Resampling.LANCZOS)
        return torch.from_numpy(np.array(image)).permute(2, 0, 1)

    def _size_of(self, height: int, width: int) -> tuple[int, int]:
        if self.size is not None:
            return tuple(self.size)
        patch = self.backbone.patch_size
        rows, columns = (
            max(1, round(side * self.scale / patch))
            for side in (height, width)
        )
        return rows * patch, columns * patch
