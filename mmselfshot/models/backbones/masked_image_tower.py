"""The image tower of a CLIP model with attention that stays in a mask.

Source: the variant that the Alpha-CLIP paper measures as "MaskCLIP*":
blanking the background costs accuracy, looking at the mask only inside the
attention gains some. It needs no training.
Ours: in which blocks. A vision transformer's class token sees only the
patches under the mask (and itself) in the second half of the blocks; the
patches see each other as always, so their context is kept. In a ModifiedResNet
the one attention pool does likewise, for its query and for the mean token.
An all-true mask gives the plain features.
Shapes: N crops, C features, H W pixels, h w cells, L = 1 + h * w tokens.
"""

from contextlib import ExitStack

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from mmselfshot.utils import UserError


def class_token_mask(seen: Tensor, num_heads: int) -> Tensor:
    """What each token may attend to.

    Args:
        seen: (N, h, w) bool, the mask's cells.
        num_heads: Attention heads.

    Returns:
        (N * num_heads, L, L) bool as `nn.MultiheadAttention` wants it, True
        where attention is forbidden: from the class token to cells that are
        not seen.
    """
    hidden = ~seen.flatten(1)
    tokens = hidden.shape[1] + 1
    mask = hidden.new_zeros((len(hidden), tokens, tokens))
    mask[:, 0, 1:] = hidden
    return mask.repeat_interleave(num_heads, dim=0)


class MaskedImageTower:
    """Runs an image tower of open_clip under masks; holds no weights.

    Args:
        tower: `visual` of an open_clip model.
        num_masked_blocks: Last blocks of a vision transformer that are
            masked; None for half of them, rounded up.
    """

    def __init__(
        self, tower: nn.Module, num_masked_blocks: int | None = None
    ) -> None:
        self.tower = tower
        self.num_masked_blocks = num_masked_blocks

    @property
    def kind(self) -> str:
        """`transformer`, `resnet`, or '' where nothing can be masked."""
        tower = self.tower
        if type(tower).__name__ == 'ModifiedResNet':
            return 'resnet'
        is_transformer = type(tower).__name__ == 'VisionTransformer'
        if is_transformer and tower.attn_pool is None:
            return 'transformer' if tower.pool_type == 'tok' else ''
        return ''

    @property
    def grid(self) -> tuple[int, int]:
        """(h, w) of the cells that a mask can choose.

        Raises:
            UserError: If the tower has no attention to mask.
        """
        if self.kind == 'transformer':
            return tuple(self.tower.grid_size)
        if self.kind == 'resnet':
            cells = self.tower.attnpool.positional_embedding.shape[0] - 1
            side = round(cells**0.5)
            return side, side
        raise UserError(
            f'the image tower {type(self.tower).__name__} has no class token '
            "whose attention can be masked; use region='box' or 'square', or "
            'a ViT or RN model of CLIP'
        )

    def __call__(self, pixels: Tensor, seen: Tensor) -> Tensor:
        """Features of crops, looking at the masks.

        Args:
            pixels: (N, 3, H, W) float, normalised.
            seen: (N, h, w) bool; each mask has a cell.

        Returns:
            (N, C) float, not normalised.
        """
        with ExitStack() as hooks:
            for hook in self._hooks(seen):
                hooks.callback(hook.remove)
            return self.tower(pixels)

    def _hooks(self, seen: Tensor) -> list[RemovableHandle]:
        if self.kind == 'resnet':
            return [
                self.tower.attnpool.register_forward_hook(
                    lambda pool, args, _: _masked_pool(pool, args[0], seen)
                )
            ]
        blocks = self.tower.transformer.resblocks
        count = self.num_masked_blocks
        if count is None:
            count = (len(blocks) + 1) // 2
        mask = class_token_mask(seen, blocks[0].attn.num_heads)
        # attention adds its mask; booleans would be turned into 0 and 1
        penalty = torch.zeros(mask.shape, device=mask.device)
        penalty.masked_fill_(mask, float('-inf'))

        def forbid(block: nn.Module, args: tuple, kwargs: dict) -> tuple:
            return args, {**kwargs, 'attn_mask': penalty}

        return [
            block.register_forward_pre_hook(forbid, with_kwargs=True)
            for block in blocks[len(blocks) - min(count, len(blocks)) :]
        ]


def _masked_pool(pool: nn.Module, cells: Tensor, seen: Tensor) -> Tensor:
    """open_clip's attention pool, for its class token, under a mask.

    Args:
        pool: `AttentionPool2d` of open_clip.
        cells: (N, C', h, w) float.
        seen: (N, h, w) bool.
    """
    tokens = cells.flatten(2).permute(2, 0, 1)
    weight = seen.flatten(1).to(cells).T[..., None]
    mean = (tokens * weight).sum(0, keepdim=True) / weight.sum(0)
    tokens = torch.cat([mean, tokens])
    tokens = tokens + pool.positional_embedding[:, None].to(tokens.dtype)
    mask = class_token_mask(seen, pool.num_heads)[:, :1]
    pooled, _ = F.multi_head_attention_forward(
        query=tokens[:1],
        key=tokens,
        value=tokens,
        embed_dim_to_check=tokens.shape[-1],
        num_heads=pool.num_heads,
        q_proj_weight=pool.q_proj.weight,
        k_proj_weight=pool.k_proj.weight,
        v_proj_weight=pool.v_proj.weight,
        in_proj_weight=None,
        in_proj_bias=torch.cat(
            [pool.q_proj.bias, pool.k_proj.bias, pool.v_proj.bias]
        ),
        bias_k=None,
        bias_v=None,
        add_zero_attn=False,
        dropout_p=0.0,
        out_proj_weight=pool.c_proj.weight,
        out_proj_bias=pool.c_proj.bias,
        use_separate_proj_weight=True,
        training=False,
        need_weights=False,
        attn_mask=mask,
    )
    return pooled[0]
