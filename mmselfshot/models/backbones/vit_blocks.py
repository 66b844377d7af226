"""Parts of a vision transformer, with the parameter names of DINO's files.

Source: ViT (ICLR 2021), Eq. (1) to (4), as DINO (ICCV 2021) and its weights
name the parts.
Shapes: B pictures or clips, N tokens, C channels.
"""

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

EPS = 1e-6  # of every LayerNorm
_FUSED = [
    SDPBackend.FLASH_ATTENTION,
    SDPBackend.EFFICIENT_ATTENTION,
    SDPBackend.MATH,
]


def attention_kernels(device: str, is_bfloat16: bool):
    """A context in which attention learns with the kernel that is fast there.

    Args:
        device: 'cpu', 'cuda', ...
        is_bfloat16: Whether attention computes in bfloat16.
    """
    # on the CPU the fused attention learns slower there, up to 6 times
    is_plain = device == 'cpu' and is_bfloat16
    return sdpa_kernel([SDPBackend.MATH] if is_plain else _FUSED)


def draw_vit_weights(
    model: nn.Module, *embeddings: nn.Parameter, is_xavier: bool = False
) -> None:
    """Normal of 0.02, cut at 2, as DINO starts (timm's convention).

    Args:
        embeddings: Drawn like that in any case.
        is_xavier: Whether linear layers are drawn uniformly after Glorot and
            Bengio (AISTATS 2010) instead, as MoCo v3 (ICCV 2021) starts.
    """
    for parameter in embeddings:
        nn.init.trunc_normal_(parameter, std=0.02)
    for module in model.modules():
        if isinstance(module, nn.Linear):
            if is_xavier:
                nn.init.xavier_uniform_(module.weight)
            else:
                nn.init.trunc_normal_(module.weight, std=0.02)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


class Attention(nn.Module):
    def __init__(self, dims: int, num_heads: int, qkv_bias: bool) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.qkv = nn.Linear(dims, 3 * dims, bias=qkv_bias)
        self.proj = nn.Linear(dims, dims)

    def split(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Query, key, value of (B, N, C), each (B, heads, N, C / heads)."""
        batch, tokens, _ = x.shape
        qkv = self.qkv(x).reshape(batch, tokens, 3, self.num_heads, -1)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)
        return query, key, value

    def forward(self, x: Tensor) -> Tensor:
        out = F.scaled_dot_product_attention(*self.split(x))
        return self.proj(out.transpose(1, 2).flatten(2))


class Mlp(nn.Module):
    def __init__(self, dims: int, hidden: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(dims, hidden)
        self.fc2 = nn.Linear(hidden, dims)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(F.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(
        self, dims: int, num_heads: int, mlp_ratio: float, qkv_bias: bool
    ) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dims, eps=EPS)
        self.attn = Attention(dims, num_heads, qkv_bias)
        self.norm2 = nn.LayerNorm(dims, eps=EPS)
        self.mlp = Mlp(dims, int(dims * mlp_ratio))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class PatchEmbed(nn.Module):
    def __init__(self, patch_size: int, dims: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, dims, patch_size, stride=patch_size)

    def forward(self, x: Tensor) -> Tensor:
        return self.proj(x).flatten(2).transpose(1, 2)
