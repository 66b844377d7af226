"""Attention between two sets of tokens, never as a whole matrix.

Source: Self-Shot VIS (ECCV 2022), Sec. 5, MA(Q, K, V) as in Attention Is
All You Need (NeurIPS 2017), Sec. 3.2.
Shapes: B videos, N tokens that ask, M tokens that are asked, d channels.
Ours: no mask. Videos are padded by repeated frames, as in the paper, so
nothing has to be hidden, and the fused kernels stay in use.
Ours: the fused kernel of the CPU has no dropout and would fall back to the
whole (N, M) matrix. There the asking tokens go in chunks, each made again
in the backward pass: the same numbers in bounded memory.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmselfshot.models.selfshot.checkpointing import run_part
from mmselfshot.utils import UserError

CHUNK_ELEMENTS = 2**25  # of the matrix, that are held at once on the CPU


class MultiHeadAttention(nn.Module):
    """Separate linear maps to query, key, value and from the result.

    Args:
        dims: d.
        num_heads: Divides d.
        dropout: Share of the attention weights dropped in training.

    Raises:
        UserError: If the heads do not divide d.
    """

    def __init__(
        self, dims: int, num_heads: int = 8, dropout: float = 0.1
    ) -> None:
        super().__init__()
        if dims % num_heads:
            raise UserError(
                f'attention has dims={dims} and num_heads={num_heads}; '
                'expected a number of heads that divides dims'
            )
        self.num_heads = num_heads
        self.dropout = dropout
        self.query = xavier_linear(dims, dims)
        self.key = xavier_linear(dims, dims)
        self.value = xavier_linear(dims, dims)
        self.out = xavier_linear(dims, dims)

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Ask `key` with `query` for a mixture of `value`.

        Args:
            query: (B, N, d) float.
            key: (B, M, d) float, M at least 1.
            value: (B, M, d) float.

        Returns:
            (B, N, d) float.
        """
        mixed = attend(
            self._split(self.query(query)),
            self._split(self.key(key)),
            self._split(self.value(value)),
            self.dropout if self.training else 0.0,
        )
        return self.out(mixed.transpose(1, 2).flatten(2))

    def align(self, gain: float) -> None:
        """Let keys start as queries, so that tokens ask for their like.

        Ours: from independent weights a small training does not find this.

        Args:
            gain: Factor on what stands in the softmax.
        """
        align_maps(self.query, self.key, gain)

    def _split(self, tokens: Tensor) -> Tensor:
        """(B, heads, N, d / heads) of (B, N, d)."""
        return tokens.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)


def attend(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    dropout: float = 0.0,
    chunk_elements: int = CHUNK_ELEMENTS,
) -> Tensor:
    """Softmax(query key^T / sqrt(d)) value, of every head.

    Args:
        query: (B, heads, N, d) float.
        key: (B, heads, M, d) float.
        value: (B, heads, M, d) float.
        dropout: Share of the weights dropped, in [0, 1).
        chunk_elements: Of the matrix, held at once where the kernel holds
            it: on the CPU with dropout.

    Returns:
        (B, heads, N, d) float.
    """
    batch, heads, num_query, _ = query.shape
    rows = max(chunk_elements // max(batch * heads * key.shape[2], 1), 1)
    if not dropout or query.device.type != 'cpu' or rows >= num_query:
        return F.scaled_dot_product_attention(
            query, key, value, dropout_p=dropout
        )
    chunks = [
        run_part(
            F.scaled_dot_product_attention,
            part,
            key,
            value,
            None,
            dropout,
            is_checkpointed=True,
        )
        for part in query.split(rows, dim=2)
    ]
    return torch.cat(chunks, dim=2)


def add_position(tokens: Tensor, position: Tensor | None) -> Tensor:
    """Add where tokens lie, if that is told.

    Args:
        tokens: (B, N, d) float.
        position: (B, N, d) or (1, N, d) float; None for none.

    Returns:
        (B, N, d) float.
    """
    return tokens if position is None else tokens + position


def align_maps(query: nn.Linear, key: nn.Linear, gain: float) -> None:
    """Give two maps the same weights, their product times `gain`."""
    with torch.no_grad():
        query.weight.mul_(gain**0.5)
        key.weight.copy_(query.weight)


def xavier_linear(in_channels: int, out_channels: int) -> nn.Linear:
    """A linear map that starts with Xavier's weights and no bias."""
    linear = nn.Linear(in_channels, out_channels)
    nn.init.xavier_uniform_(linear.weight)
    nn.init.zeros_(linear.bias)
    return linear
