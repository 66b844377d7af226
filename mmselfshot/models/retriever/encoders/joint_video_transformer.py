"""A vision transformer over the patches of all frames of a clip at once.

Source: Self-Shot VIS (ECCV 2022), Sec. 4, implementation details: ViT-B with
patches of 16 x 16, 224 x 224 pixels, over uniformly sampled frames as in
ViViT (ICCV 2021), Sec. 3.2.
Ours: all tokens attend to all; ViViT's position embedding is split into one
for the place and one for the time. `pool='mean'` averages the patches in
place of a class token, which learns faster from few videos. The first weights
are drawn as MoCo v3's (ICCV 2021): with a normal of 0.02, as DINO has it, a
narrow network gives all clips one vector and does not start to learn.
Shapes: B clips, T frames, C channels, h w patches of a frame, N tokens:
T * h * w, and one more with a class token.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import torch
from torch import Tensor, nn

from mmselfshot.models.backbones.vit_blocks import (
    EPS,
    Block,
    PatchEmbed,
    attention_kernels,
    draw_vit_weights,
)
from mmselfshot.models.retriever.encoders.clip_encoder import ClipEncoder
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError

POOLS = ('class', 'mean')


@MODELS.register_module()
class JointVideoTransformer(ClipEncoder):
    """Joint attention over space and time; ViT-B/16 by default.

    Args:
        embed_dims: C.
        depth: Blocks.
        num_heads: Of each attention; divides C.
        patch_size: Side of a patch in pixels; divides both sides of a clip.
        clip_size: (H, W).
        num_frames: T.
        mlp_ratio: Hidden width of the MLP, of C.
        pool: What is the clip's vector: 'class' token, or 'mean' of the
            patches, both after the last norm.
        seed: What the first weights are drawn from; None for the global
            random state.
        kwargs: `mean`, `std` and `init_cfg` of `ClipEncoder`.

    Raises:
        UserError: For an unknown pool or sizes that do not divide.
    """

    def __init__(
        self,
        embed_dims: int = 768,
        depth: int = 12,
        num_heads: int = 12,
        patch_size: int = 16,
        clip_size: tuple[int, int] = (224, 224),
        num_frames: int = 5,
        mlp_ratio: float = 4.0,
        pool: str = 'class',
        seed: int | None = None,
        **kwargs,
    ) -> None:
        super().__init__(embed_dims, clip_size, num_frames, **kwargs)
        height, width = self.clip_size
        if (
            embed_dims % num_heads
            or height % patch_size
            or width % patch_size
            or pool not in POOLS
        ):
            raise UserError(
                f'JointVideoTransformer has {embed_dims} channels, '
                f'{num_heads} heads, patches of {patch_size} in '
                f'{height}x{width} pixels, pool={pool!r}; expected heads '
                'that divide the channels, patches that divide both sides, '
                f'and one of {", ".join(POOLS)}'
            )
        num_places = (height // patch_size) * (width // patch_size)
        with _random_state_of(seed):
            self.patch_embed = PatchEmbed(patch_size, embed_dims)
            self.space_embed = nn.Parameter(
                torch.empty(1, 1, num_places, embed_dims)
            )
            self.time_embed = nn.Parameter(
                torch.empty(1, num_frames, 1, embed_dims)
            )
            learnt = [self.space_embed, self.time_embed]
            self.cls_token = None
            if pool == 'class':
                self.cls_token = nn.Parameter(torch.empty(1, 1, embed_dims))
                learnt.append(self.cls_token)
            self.blocks = nn.ModuleList(
                Block(embed_dims, num_heads, mlp_ratio, qkv_bias=True)
                for _ in range(depth)
            )
            self.norm = nn.LayerNorm(embed_dims, eps=EPS)
            draw_vit_weights(self, *learnt, is_xavier=True)

    def describe(self, clips: Tensor) -> Tensor:
        """As `forward`, of normalised clips (B, T, 3, H, W)."""
        tokens = self.patch_embed(clips.flatten(0, 1))
        tokens = tokens.unflatten(0, clips.shape[:2])
        tokens = tokens + self.space_embed + self.time_embed
        tokens = tokens.flatten(1, 2)
        if self.cls_token is not None:
            first = self.cls_token.expand(len(clips), -1, -1)
            tokens = torch.cat([first, tokens], dim=1)
        device = clips.device.type
        kernels = nullcontext()
        if torch.is_grad_enabled():
            is_bfloat16 = torch.is_autocast_enabled(device)
            kernels = attention_kernels(device, is_bfloat16)
        with kernels:
            for block in self.blocks:
                tokens = block(tokens)
        tokens = self.norm(tokens)
        return tokens.mean(1) if self.cls_token is None else tokens[:, 0]


@contextmanager
def _random_state_of(seed: int | None) -> Iterator[None]:
    """Draw from `seed` and leave the global state as it was."""
    if seed is None:
        yield
        return
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
