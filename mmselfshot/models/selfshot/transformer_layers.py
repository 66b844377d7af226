"""Spatio-temporal encoder, and decoder of instance slots.

Source: Self-Shot VIS (ECCV 2022), Sec. 5, Stages 1 and 3: positions are
added in every encoder layer; 6 layers each, width 288, 8 heads.
Shapes: B videos, N tokens, M slots of all frames, L decoder layers, d
channels.
Ours: the paper does not describe a layer. It is DETR's (ECCV 2020): the
norm after the sum, ReLU, dropout .1, 2048 channels inside; positions go to
query and key, not to value; every decoder layer gives a result, through one
norm that all layers share.
"""

import torch
from torch import Tensor, nn

from mmselfshot.models.selfshot.attention import (
    MultiHeadAttention,
    add_position,
    xavier_linear,
)
from mmselfshot.models.selfshot.checkpointing import run_part
from mmselfshot.utils import UserError


class FeedForward(nn.Sequential):
    """Two linear maps with a ReLU, token by token.

    Args:
        dims: d.
        ffn_dims: Channels between the maps.
        dropout: Share dropped between the maps.
    """

    def __init__(
        self, dims: int, ffn_dims: int = 2048, dropout: float = 0.1
    ) -> None:
        super().__init__(
            xavier_linear(dims, ffn_dims),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            xavier_linear(ffn_dims, dims),
        )


class EncoderLayer(nn.Module):
    """Tokens ask each other.

    Args:
        dims: d.
        num_heads: Divides d.
        ffn_dims: See `FeedForward`.
        dropout: Of the attention weights and of every part's output.
    """

    def __init__(
        self,
        dims: int,
        num_heads: int = 8,
        ffn_dims: int = 2048,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(dims, num_heads, dropout)
        self.ffn = FeedForward(dims, ffn_dims, dropout)
        self.attention_norm = nn.LayerNorm(dims)
        self.ffn_norm = nn.LayerNorm(dims)
        self.drop = nn.Dropout(dropout)

    def forward(self, tokens: Tensor, position: Tensor | None) -> Tensor:
        """(B, N, d) of (B, N, d)."""
        placed = add_position(tokens, position)
        found = self.attention(placed, placed, tokens)
        tokens = self.attention_norm(tokens + self.drop(found))
        return self.ffn_norm(tokens + self.drop(self.ffn(tokens)))


class SpatioTemporalEncoder(nn.Module):
    """Encoder layers, for the query as for the supports.

    Args:
        num_layers: 0 = tokens stay as they are.
        dims: d.
        num_heads: Divides d.
        ffn_dims: See `FeedForward`.
        dropout: See `EncoderLayer`.
        is_checkpointed: See `run_part`, layer by layer.
    """

    def __init__(
        self,
        num_layers: int = 6,
        dims: int = 288,
        num_heads: int = 8,
        ffn_dims: int = 2048,
        dropout: float = 0.1,
        is_checkpointed: bool = False,
    ) -> None:
        super().__init__()
        self.is_checkpointed = is_checkpointed
        self.layers = nn.ModuleList(
            EncoderLayer(dims, num_heads, ffn_dims, dropout)
            for _ in range(num_layers)
        )

    def forward(
        self, tokens: Tensor, position: Tensor | None = None
    ) -> Tensor:
        """Encode the tokens of one video each.

        Args:
            tokens: (B, N, d) float.
            position: (B, N, d) or (1, N, d) float, where the tokens lie;
                None for no position.

        Returns:
            (B, N, d) float.
        """
        for layer in self.layers:
            tokens = run_part(
                layer, tokens, position, is_checkpointed=self.is_checkpointed
            )
        return tokens


class DecoderLayer(nn.Module):
    """Slots ask each other, then the tokens.

    Args:
        dims: d.
        num_heads: Divides d.
        ffn_dims: See `FeedForward`.
        dropout: Of the attention weights and of every part's output.
    """

    def __init__(
        self,
        dims: int,
        num_heads: int = 8,
        ffn_dims: int = 2048,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.self_attention = MultiHeadAttention(dims, num_heads, dropout)
        self.cross_attention = MultiHeadAttention(dims, num_heads, dropout)
        self.ffn = FeedForward(dims, ffn_dims, dropout)
        self.self_norm = nn.LayerNorm(dims)
        self.cross_norm = nn.LayerNorm(dims)
        self.ffn_norm = nn.LayerNorm(dims)
        self.drop = nn.Dropout(dropout)

    def forward(
        self,
        slots: Tensor,
        slot_embed: Tensor,
        memory: Tensor,
        placed_memory: Tensor,
    ) -> Tensor:
        """(B, M, d) of (B, M, d)."""
        asking = slots + slot_embed
        found = self.self_attention(asking, asking, slots)
        slots = self.self_norm(slots + self.drop(found))
        found = self.cross_attention(slots + slot_embed, placed_memory, memory)
        slots = self.cross_norm(slots + self.drop(found))
        return self.ffn_norm(slots + self.drop(self.ffn(slots)))


class SlotDecoder(nn.Module):
    """Decoder layers, from zero slots.

    Args:
        num_layers: L, at least 1.
        dims: d.
        num_heads: Divides d.
        ffn_dims: See `FeedForward`.
        dropout: See `DecoderLayer`.
        is_checkpointed: See `run_part`, layer by layer.

    Raises:
        UserError: If there is no layer.
    """

    def __init__(
        self,
        num_layers: int = 6,
        dims: int = 288,
        num_heads: int = 8,
        ffn_dims: int = 2048,
        dropout: float = 0.1,
        is_checkpointed: bool = False,
    ) -> None:
        super().__init__()
        if num_layers < 1:
            raise UserError(
                f'decoder has num_layers={num_layers}; expected 1 or more'
            )
        self.is_checkpointed = is_checkpointed
        self.layers = nn.ModuleList(
            DecoderLayer(dims, num_heads, ffn_dims, dropout)
            for _ in range(num_layers)
        )
        self.norm = nn.LayerNorm(dims)

    def forward(
        self,
        memory: Tensor,
        memory_position: Tensor | None,
        query_embed: Tensor,
    ) -> Tensor:
        """Decode what the slots hold.

        Args:
            memory: (B, N, d) float, tokens of the query video.
            memory_position: (B, N, d) or (1, N, d) float; None for none.
            query_embed: (M, d) float, learned, one for each slot.

        Returns:
            (L, B, M, d) float, of every layer, the last one last.
        """
        embed = query_embed[None].expand(len(memory), -1, -1)
        slots = torch.zeros_like(embed)
        placed = add_position(memory, memory_position)
        of_layers = []
        for layer in self.layers:
            slots = run_part(
                layer,
                slots,
                embed,
                memory,
                placed,
                is_checkpointed=self.is_checkpointed,
            )
            of_layers.append(self.norm(slots))
        return torch.stack(of_layers)
