"""Query-support fuser: what the supports share comes into the query.

Source: Self-Shot VIS (ECCV 2022), Sec. 5, Stage 2, Eq. (4) and Fig. 4.
Shapes: B videos, N query tokens E_q, M support tokens E_s of all supports of
a video, d channels.
Ours: the three attentions have their own weights (the text uses one symbol,
the figure draws three blocks). How layers are stacked is not described: the
next layer takes the fused query F and the enhanced supports f_s, or by
`next_support='encoded'` the encoded supports E_s again. Positions are not
mentioned here; the encoder has added them, so by default none is added.
Dropout .1 on every part's output, as in the encoder.
"""

from torch import Tensor, nn

from mmselfshot.models.selfshot.attention import (
    MultiHeadAttention,
    add_position,
)
from mmselfshot.models.selfshot.checkpointing import run_part
from mmselfshot.models.selfshot.transformer_layers import FeedForward
from mmselfshot.utils import UserError

NEXT_SUPPORTS = ('updated', 'encoded')


class FuserLayer(nn.Module):
    """Both branches enhance each other; the supports go into the query.

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
        self.query_from_support = MultiHeadAttention(dims, num_heads, dropout)
        self.support_from_query = MultiHeadAttention(dims, num_heads, dropout)
        self.fusion = MultiHeadAttention(dims, num_heads, dropout)
        self.ffn = FeedForward(dims, ffn_dims, dropout)
        self.query_norm = nn.LayerNorm(dims)
        self.support_norm = nn.LayerNorm(dims)
        self.fusion_norm = nn.LayerNorm(dims)
        self.ffn_norm = nn.LayerNorm(dims)
        self.drop = nn.Dropout(dropout)

    def forward(
        self,
        query: Tensor,
        support: Tensor,
        query_position: Tensor | None = None,
        support_position: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Eq. (4) and the feed-forward network after it.

        Args:
            query: (B, N, d) float.
            support: (B, M, d) float.
            query_position: (B, N, d) or (1, N, d) float; None for none.
            support_position: (B, M, d) or (1, M, d) float; None for none.

        Returns:
            F (B, N, d) and f_s (B, M, d).
        """
        placed_query = add_position(query, query_position)
        placed_support = add_position(support, support_position)
        to_query = self.query_from_support(
            placed_query, placed_support, support
        )
        to_support = self.support_from_query(
            placed_support, placed_query, query
        )
        query = self.query_norm(query + self.drop(to_query))
        support = self.support_norm(support + self.drop(to_support))
        found = self.fusion(
            add_position(query, query_position),
            add_position(support, support_position),
            support,
        )
        fused = self.fusion_norm(query + self.drop(found))
        return self.ffn_norm(fused + self.drop(self.ffn(fused))), support


class QuerySupportFuser(nn.Module):
    """Fuser layers; the order of the supports does not matter.

    Args:
        num_layers: 0 = the query stays as it is.
        dims: d.
        num_heads: Divides d.
        ffn_dims: See `FeedForward`.
        dropout: See `FuserLayer`.
        next_support: Supports of the next layer, 'updated' = f_s, 'encoded'
            = E_s.
        has_position: Whether positions are added to query and key.
        is_checkpointed: See `run_part`, layer by layer.

    Raises:
        UserError: If `next_support` is none of these.
    """

    def __init__(
        self,
        num_layers: int = 3,
        dims: int = 288,
        num_heads: int = 8,
        ffn_dims: int = 2048,
        dropout: float = 0.1,
        next_support: str = 'updated',
        has_position: bool = False,
        is_checkpointed: bool = False,
    ) -> None:
        super().__init__()
        if next_support not in NEXT_SUPPORTS:
            raise UserError(
                f'fuser has next_support={next_support!r}; expected one of '
                f'{", ".join(NEXT_SUPPORTS)}'
            )
        self.next_support = next_support
        self.has_position = has_position
        self.is_checkpointed = is_checkpointed
        self.layers = nn.ModuleList(
            FuserLayer(dims, num_heads, ffn_dims, dropout)
            for _ in range(num_layers)
        )

    def forward(
        self,
        query: Tensor,
        support: Tensor,
        query_position: Tensor | None = None,
        support_position: Tensor | None = None,
    ) -> Tensor:
        """Fuse the supports of each video into it.

        Args:
            query: (B, N, d) float, E_q.
            support: (B, M, d) float, E_s; without a token (M = 0) the query
                stays as it is.
            query_position: (B, N, d) or (1, N, d) float; None for none.
                Used if `has_position`.
            support_position: (B, M, d) or (1, M, d) float, likewise.

        Returns:
            (B, N, d) float, F of the last layer.
        """
        if not support.shape[1]:
            return query
        if not self.has_position:
            query_position = support_position = None
        latest = support
        for layer in self.layers:
            query, updated = run_part(
                layer,
                query,
                latest,
                query_position,
                support_position,
                is_checkpointed=self.is_checkpointed,
            )
            if self.next_support == 'updated':
                latest = updated
        return query
