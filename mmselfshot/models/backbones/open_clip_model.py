"""Any CLIP model of open_clip, for crops and for texts.

Source: UVIS (arXiv 2406.06908) names objects with CLIP; which one, and how
it brings a box crop to the size of the image tower, was not found.
Ours: a crop is padded to a square with the mean colour and then resized
(`fit='pad'`), because open_clip's own centre crop cuts the ends of long
boxes; `fit='stretch'` gives up the aspect ratio instead. For a square crop
both are open_clip's evaluation transform.
Weights of OpenAI given as a path need a model name that ends in `-quickgelu`:
a state dict does not tell its activation, so a wrong name loads without an
error and names worse.
Shapes: N crops, K texts, C features, H W pixels, h w feature cells.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from PIL import Image
from torch import Tensor

from mmselfshot.models.backbones.masked_image_tower import MaskedImageTower
from mmselfshot.models.backbones.open_clip_files import (
    build_open_clip,
    load_open_clip,
)
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError

FITS = ('pad', 'stretch')
_FILTERS = {
    'bicubic': Image.Resampling.BICUBIC,
    'bilinear': Image.Resampling.BILINEAR,
}


@MODELS.register_module()
class OpenCLIP(BaseModule):
    """An image tower and a text tower whose features can be compared.

    Args:
        model: Name in open_clip, `hf-hub:...` or `local-dir:...`; may be
            None when `model_config` is given.
        pretrained: None for random weights; a path of a state dict, of
            safetensors or of a checkpoint with `state_dict`;
            `mmselfshot://FILE`; or a tag of open_clip, which is downloaded.
        model_config: Instead of a name, a dict or a JSON file as open_clip
            writes them: `embed_dim, vision_cfg, text_cfg`, or these below
            `model_cfg` with `preprocess_cfg` (`mean, std, interpolation`)
            beside it.
        fit: How a crop becomes a square, `pad` or `stretch`.
        num_masked_blocks: In how many last blocks of a vision transformer
            the class token sees only the mask's patches; None for half.
        batch_size: Crops and texts that go through a tower at once.

    Raises:
        UserError: For an unknown name or fit, a file that is missing, is a
            TorchScript archive or belongs to another model, and for a tag
            that cannot be downloaded.
    """

    def __init__(
        self,
        model: str | None = None,
        pretrained: str | None = None,
        model_config: str | dict[str, Any] | None = None,
        fit: str = 'pad',
        num_masked_blocks: int | None = None,
        batch_size: int = 64,
    ) -> None:
        super().__init__()
        if fit not in FITS:
            raise UserError(
                f'fit={fit!r} of OpenCLIP; expected one of {", ".join(FITS)}'
            )
        self.clip, self.tokenizer, tag = build_open_clip(
            model, pretrained, model_config
        )
        self.name = model or 'the model of model_config'
        if pretrained and not tag:
            load_open_clip(self.clip, pretrained, self.name)
        recipe = self.clip.visual.preprocess_cfg
        size = recipe['size']
        self.size = (size, size) if isinstance(size, int) else tuple(size)
        self.filter = _FILTERS.get(recipe['interpolation'], Image.BICUBIC)
        self.fit = fit
        self.batch_size = batch_size
        self.masked_tower = MaskedImageTower(
            self.clip.visual, num_masked_blocks
        )
        # crops are prepared on the CPU and moved a batch at a time
        self.mean = torch.tensor(recipe['mean']).view(3, 1, 1)
        self.std = torch.tensor(recipe['std']).view(3, 1, 1)
        self._texts: dict[str, Tensor] = {}
        self.eval()

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return self.clip.logit_scale.device

    @property
    def logit_scale(self) -> float:
        """What the model was trained to multiply cosines by."""
        return float(self.clip.logit_scale.detach().exp())

    def train(self, mode: bool = True) -> 'OpenCLIP':
        """As of a module; what was encoded before training is forgotten."""
        self._texts.clear()
        return super().train(mode)

    def images(self, pixels: Tensor) -> Tensor:
        """Features with gradients, for training.

        Args:
            pixels: (N, 3, H, W) float, normalised, of the tower's size.

        Returns:
            (N, C) float, unit length.
        """
        return self.clip.encode_image(pixels, normalize=True)

    def texts(self, texts: Sequence[str]) -> Tensor:
        """Features with gradients, for training: (K, C) float, unit length."""
        tokens = self.tokenizer(list(texts)).to(self.device)
        return self.clip.encode_text(tokens, normalize=True)

    @torch.no_grad()
    def encode_texts(self, texts: Sequence[str]) -> Tensor:
        """Features of texts; each text goes through the tower once.

        Returns:
            (K, C) float32, unit length.
        """
        new = [
            text for text in dict.fromkeys(texts) if text not in self._texts
        ]
        for start in range(0, len(new), self.batch_size):
            part = new[start : start + self.batch_size]
            self._texts.update(zip(part, self.texts(part).float().cpu()))
        if not texts:
            return self._no_features()
        found = torch.stack([self._texts[text] for text in texts])
        return found.to(self.device)

    @torch.no_grad()
    def encode_images(
        self,
        crops: Sequence[np.ndarray],
        masks: Sequence[np.ndarray] | None = None,
    ) -> Tensor:
        """Features of crops.

        Args:
            crops: N times (H, W, 3) uint8 RGB, any sizes.
            masks: N times (H, W) bool: where the image tower's last
                attention may look, see `MaskedImageTower`; None for
                everywhere.

        Returns:
            (N, C) float32, unit length.

        Raises:
            UserError: If the tower has no attention to mask.
        """
        if not len(crops):
            return self._no_features()
        features = []
        for start in range(0, len(crops), self.batch_size):
            part = slice(start, start + self.batch_size)
            pixels = torch.stack([self.prepare(crop) for crop in crops[part]])
            pixels = pixels.to(self.device)
            if masks is None:
                features.append(self.images(pixels).float())
                continue
            seen = torch.stack([self._fit_mask(mask) for mask in masks[part]])
            found = self.masked_tower(pixels, seen.to(self.device)).float()
            features.append(F.normalize(found, dim=-1))
        return torch.cat(features)

    def prepare(self, crop: np.ndarray) -> Tensor:
        """A crop at the size of the image tower, normalised.

        Args:
            crop: (H, W, 3) uint8 RGB, at least one pixel.

        Returns:
            (3, H', W') float32 on the CPU; padding is 0.
        """
        height, width = self._inner_size(crop.shape[:2])
        picture = Image.fromarray(np.ascontiguousarray(crop))
        picture = picture.resize((width, height), self.filter)
        pixels = torch.from_numpy(np.asarray(picture, dtype=np.float32))
        pixels = pixels.permute(2, 0, 1) / 255
        canvas = pixels.new_zeros((3, *self.size))
        top, left = self._corner(height, width)
        canvas[:, top : top + height, left : left + width] = (
            pixels - self.mean
        ) / self.std
        return canvas

    def _fit_mask(self, mask: np.ndarray) -> Tensor:
        """A crop's mask on the tower's grid of cells: (h, w) bool.

        A cell belongs to the mask where more than half of it is covered; if
        there is none, the most covered cells.
        """
        grid = self.masked_tower.grid
        if mask.all():  # it hides nothing, not even the padding
            return self.mean.new_ones(grid, dtype=torch.bool)
        height, width = self._inner_size(mask.shape)
        top, left = self._corner(height, width)
        picture = Image.fromarray(np.asarray(mask, dtype=np.float32))
        picture = picture.resize((width, height), Image.Resampling.BOX)
        canvas = torch.zeros(self.size)
        inner = torch.from_numpy(np.array(picture))
        canvas[top : top + height, left : left + width] = inner
        cells = F.adaptive_avg_pool2d(canvas[None], grid)[0]
        seen = cells > 0.5
        if not seen.any():
            seen = cells >= cells.max()
        return seen

    def _inner_size(self, shape: tuple[int, int]) -> tuple[int, int]:
        if self.fit == 'stretch':
            return self.size
        scale = min(self.size[0] / shape[0], self.size[1] / shape[1])
        return tuple(
            min(max(round(side * scale), 1), most)
            for side, most in zip(shape, self.size)
        )

    def _corner(self, height: int, width: int) -> tuple[int, int]:
        return (self.size[0] - height) // 2, (self.size[1] - width) // 2

    def _no_features(self) -> Tensor:
        return self.encode_texts([''])[:0]
