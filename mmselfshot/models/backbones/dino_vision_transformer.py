"""The vision transformer of DINO, with the parameter names of its files.

Source: "Emerging Properties in Self-Supervised Vision Transformers" (ICCV
2021), Sec. 3.2 and Tab. 1; the same network as ViT (ICLR 2021) without a
classifier. The position embedding is stretched by a factor of (n + 0.1) / g
per axis, as the published code does, and not to a target size: features
differ by 1 to 5 % otherwise.
Shapes: B pictures, N = 1 + h * w tokens (the class token first), C channels.
"""

import math

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmselfshot.models.backbones.vit_blocks import (
    EPS,
    Block,
    PatchEmbed,
    draw_vit_weights,
)
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError

# embed_dims, depth, num_heads; tiny is DeiT's, small and base are DINO's
ARCHS: dict[str, tuple[int, int, int]] = {
    'tiny': (192, 12, 3),
    'small': (384, 12, 6),
    'base': (768, 12, 12),
}


def stretch_position_embedding(
    pos_embed: Tensor, height: int, width: int
) -> Tensor:
    """Position embedding of a grid other than the trained, square one.

    Args:
        pos_embed: (1, 1 + g * g, C) float, the class token's first.
        height: Rows of patches, h.
        width: Columns of patches, w.

    Returns:
        (1, 1 + h * w, C) float.
    """
    grid = math.isqrt(pos_embed.shape[1] - 1)
    if (height, width) == (grid, grid):
        return pos_embed
    channels = pos_embed.shape[2]
    cells = pos_embed[:, 1:].reshape(1, grid, grid, channels)
    cells = F.interpolate(
        cells.permute(0, 3, 1, 2),
        scale_factor=((height + 0.1) / grid, (width + 0.1) / grid),
        mode='bicubic',
    )
    assert cells.shape[2:] == (height, width), cells.shape
    cells = cells.flatten(2).transpose(1, 2)
    return torch.cat([pos_embed[:, :1], cells], dim=1)


@MODELS.register_module()
class DINOVisionTransformer(BaseModule):
    """Vision transformer whose weights carry DINO's names.

    Args:
        arch: 'tiny', 'small' or 'base'; the three sizes below override it.
        embed_dims: C.
        depth: Blocks.
        num_heads: Of each attention; divides C.
        patch_size: Side of a patch in pixels; DINO has 8 and 16.
        img_size: Side in pixels of the square that `pos_embed` is made for.
        mlp_ratio: Hidden width of the MLP, of C.
        qkv_bias: Whether query, key and value have a bias.
        init_cfg: See `mmengine.model.BaseModule`.

    Raises:
        UserError: For an unknown arch or sizes that do not divide.
    """

    def __init__(
        self,
        arch: str = 'small',
        embed_dims: int | None = None,
        depth: int | None = None,
        num_heads: int | None = None,
        patch_size: int = 16,
        img_size: int = 224,
        mlp_ratio: float = 4.0,
        qkv_bias: bool = True,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if arch not in ARCHS:
            raise UserError(
                f'unknown arch {arch!r} of DINOVisionTransformer; expected '
                f'one of {", ".join(ARCHS)}'
            )
        dims, blocks, heads = ARCHS[arch]
        dims, blocks = embed_dims or dims, depth or blocks
        heads = num_heads or heads
        if dims % heads or img_size < patch_size:
            raise UserError(
                f'{dims} channels, {heads} heads, patches of {patch_size} in '
                f'{img_size} pixels; expected heads that divide the channels '
                'and a picture of at least one patch'
            )
        self.embed_dims, self.num_heads = dims, heads
        self.patch_size = patch_size
        num_patches = (img_size // patch_size) ** 2
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dims))
        self.pos_embed = nn.Parameter(torch.zeros(1, num_patches + 1, dims))
        self.patch_embed = PatchEmbed(patch_size, dims)
        self.blocks = nn.ModuleList(
            Block(dims, heads, mlp_ratio, qkv_bias) for _ in range(blocks)
        )
        self.norm = nn.LayerNorm(dims, eps=EPS)
        draw_vit_weights(self, self.cls_token, self.pos_embed)

    def _embed(self, x: Tensor) -> tuple[Tensor, tuple[int, int]]:
        """Tokens with their positions, and the grid (h, w)."""
        size = self.patch_size
        if x.shape[2] < size or x.shape[3] < size:
            raise ValueError(
                f'picture of {tuple(x.shape[2:])} pixels; expected at least '
                f'one patch of {size}'
            )
        grid = (x.shape[2] // size, x.shape[3] // size)
        tokens = self.patch_embed(x)
        first = self.cls_token.expand(len(x), -1, -1)
        tokens = torch.cat([first, tokens], dim=1)
        return tokens + stretch_position_embedding(self.pos_embed, *grid), grid

    def tokens(self, x: Tensor) -> Tensor:
        """All tokens after the last norm, (B, 1 + h * w, C)."""
        out, _ = self._embed(x)
        for block in self.blocks:
            out = block(out)
        return self.norm(out)

    def forward(self, x: Tensor) -> Tensor:
        """Describe whole pictures.

        Args:
            x: (B, 3, H, W) float, normalised. Pixels beyond the last whole
                patch are not seen.

        Returns:
            (B, C) float, the class token after the last norm.

        Raises:
            ValueError: If a side is shorter than a patch.
        """
        return self.tokens(x)[:, 0]

    def last_block(
        self, x: Tensor, has_class_token: bool = True
    ) -> dict[str, Tensor]:
        """Features of the patches in the attention of the last block.

        Args:
            x: As in `forward`.
            has_class_token: Whether `class_token` is wanted; without it the
                last attention, most of a block's time, is not computed.

        Returns:
            `key`, `query`, `value`: (B, C, h, w) float, heads concatenated;
            `attention`: (B, heads, h * w) float, of the class token to the
            patches, in [0, 1] (its attention to itself is left out);
            `class_token`: (B, C) float, after the final norm.
        """
        out, grid = self._embed(x)
        for block in self.blocks[:-1]:
            out = block(out)
        last = self.blocks[-1]
        query, key, value = last.attn.split(last.norm1(out))
        scale = query.shape[-1] ** -0.5
        attention = (query[:, :, :1] * scale) @ key.transpose(-2, -1)
        named = dict(query=query, key=key, value=value)
        maps = {
            name: part[:, :, 1:]
            .transpose(2, 3)
            .flatten(1, 2)
            .unflatten(2, grid)
            for name, part in named.items()
        }
        maps['attention'] = attention.softmax(-1)[:, :, 0, 1:]
        if has_class_token:
            maps['class_token'] = self.norm(last(out))[:, 0]
        return maps
