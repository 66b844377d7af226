"""From frames to encoded tokens, for the query as for the supports.

Source: Self-Shot VIS (ECCV 2022), Sec. 5, feature extraction and stage 1;
App. A.3: ResNet-50 to the fourth stage, whose 3x3 convolutions are dilated
and start with Xavier's weights, then a 1x1 convolution. Table 9: positions
in the encoder of the query, of the supports, of both or of none.
Ours: every support is encoded by itself, so that it can be kept for other
queries; `joint`, as printed, encodes all frames of all supports as one
sequence. The stride stays 16.
Shapes: B videos, T frames, K supports of S frames, C channels, h w feature
cells.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmselfshot.models.selfshot.position_encoding import (
    TEMPERATURE,
    sine_grid_3d,
)
from mmselfshot.models.selfshot.transformer_layers import (
    SpatioTemporalEncoder,
)
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError

BRANCHES = ('query', 'support')
SUPPORT_ENCODINGS = ('separate', 'joint')


class EncodedQuery(NamedTuple):
    """A query before the fuser.

    Attributes:
        tokens: (B, T * h * w, C) float.
        size: T, h and w.
        levels: (B, T, C', H', W') float, the backbone's earlier stages.
    """

    tokens: Tensor
    size: tuple[int, int, int]
    levels: list[Tensor]


class EpisodeEncoder(BaseModule):
    """Backbone, projection and spatio-temporal encoder.

    Args:
        backbone: Gives features at strides 4, 8 and 16, or 4, 8 and 8.
        in_channels: Of the last of them.
        dims: C.
        encoder: Arguments of `SpatioTemporalEncoder` but `dims`.
        position: Branches whose encoder adds positions, of `BRANCHES`, and
            whose part of the fuser does, if it has positions at all. Whoever
            decodes has positions in any case.
        support_encoding: One of `SUPPORT_ENCODINGS`.
        frames_at_once: Frames that the backbone takes together; bounds the
            memory, changes no result of a frozen normalisation.
        temperature: Of the positions, see `sine_position_3d`.
        projection_norm: Config of a normalisation after the projection,
            which takes away what all cells have in common; None: none.

    Raises:
        UserError: If a value is none of these.
    """

    def __init__(
        self,
        backbone: dict,
        in_channels: int,
        dims: int,
        encoder: dict,
        position: Sequence[str] = BRANCHES,
        support_encoding: str = 'separate',
        frames_at_once: int = 32,
        temperature: float = TEMPERATURE,
        projection_norm: dict | None = None,
    ) -> None:
        super().__init__()
        unknown = [one for one in position if one not in BRANCHES]
        if unknown or isinstance(position, str):
            raise UserError(
                f'position={position!r}; expected a list of none, some or '
                f'all of {", ".join(BRANCHES)}'
            )
        if support_encoding not in SUPPORT_ENCODINGS:
            raise UserError(
                f'support_encoding={support_encoding!r}; expected one of '
                f'{", ".join(SUPPORT_ENCODINGS)}'
            )
        self.backbone = MODELS.build(backbone)
        self.projection = nn.Conv2d(in_channels, dims, 1)
        self.projection_norm = nn.Identity()
        if projection_norm:
            _, self.projection_norm = build_norm_layer(projection_norm, dims)
        self.encoder = SpatioTemporalEncoder(dims=dims, **encoder)
        self.dims = dims
        self.position = tuple(position)
        self.support_encoding = support_encoding
        self.frames_at_once = frames_at_once
        self.temperature = temperature
        nn.init.xavier_uniform_(self.projection.weight)
        nn.init.zeros_(self.projection.bias)

    def init_dilated(self) -> None:
        """Xavier's weights for the convolutions that the paper modified."""
        for module in self.backbone.modules():
            if isinstance(module, nn.Conv2d) and max(module.dilation) > 1:
                nn.init.xavier_uniform_(module.weight)

    def encode_query(self, query: Tensor) -> EncodedQuery:
        """Encode (B, T, 3, H, W) queries."""
        levels = self._stages(query.flatten(0, 1), num_last=3)
        features = levels[-1].unflatten(0, query.shape[:2])
        tokens, size = self._encode(features, 'query')
        levels = [one.unflatten(0, query.shape[:2]) for one in levels[:-1]]
        return EncodedQuery(tokens, size, levels)

    def encode_supports(self, supports: Tensor) -> Tensor:
        """Encode (B, K, S, 3, H, W) supports to (B, K, S * h * w, C).

        Without a graph they are encoded one by one, in bounded memory.
        """
        num_videos, num_supports = supports.shape[:2]
        if not num_videos * num_supports:
            return supports.new_zeros(num_videos, num_supports, 0, self.dims)
        if self.support_encoding == 'joint':
            clips = supports.flatten(1, 2)
        else:
            clips = supports.flatten(0, 1)
        size = len(clips) if torch.is_grad_enabled() else 1
        tokens = torch.cat(
            [self._encode_clips(part) for part in clips.split(size)]
        )
        return tokens.view(num_videos, num_supports, -1, self.dims)

    def cell_position(
        self, size: tuple[int, int, int], like: Tensor
    ) -> Tensor:
        """(1, T * h * w, C) positions of all cells, of the type of `like`."""
        grid = sine_grid_3d(
            size,
            self.dims,
            dtype=like.dtype,
            device=like.device,
            temperature=self.temperature,
        )
        return grid.flatten(0, 2)[None]

    def query_position(
        self, size: tuple[int, int, int], like: Tensor
    ) -> Tensor | None:
        """The same, None where the query's branch has none."""
        return self._position(size, 'query', like)

    def support_position(
        self, encoded: Tensor, cells: tuple[int, int]
    ) -> Tensor | None:
        """(1, M, C) of encoded supports (B, K, N, C), M = K * N.

        Raises:
            UserError: If N is no number of frames of h * w cells.
        """
        num_supports, num_tokens = encoded.shape[1:3]
        frames, rest = divmod(num_tokens, cells[0] * cells[1])
        if rest:
            raise UserError(
                f'supports of {num_tokens} tokens beside a query of '
                f'{cells[0]}x{cells[1]} cells a frame; positions in the '
                'fuser need supports of the size of the query'
            )
        if self.support_encoding == 'joint':
            return self._position(
                (frames * num_supports, *cells), 'support', encoded
            )
        position = self._position((frames, *cells), 'support', encoded)
        return (
            None if position is None else position.repeat(1, num_supports, 1)
        )

    def _encode_clips(self, clips: Tensor) -> Tensor:
        """(M, S, 3, H, W) to (M, S * h * w, C)."""
        (features,) = self._stages(clips.flatten(0, 1), num_last=1)
        features = features.unflatten(0, clips.shape[:2])
        return self._encode(features, 'support')[0]

    def _stages(self, frames: Tensor, num_last: int) -> list[Tensor]:
        """The last of the backbone's stages, of (M, 3, H, W)."""
        parts = [
            self.backbone(part)[-num_last:]
            for part in frames.split(self.frames_at_once)
        ]
        return [torch.cat(stage) for stage in zip(*parts)]

    def _encode(
        self, features: Tensor, branch: str
    ) -> tuple[Tensor, tuple[int, int, int]]:
        """Tokens and T, h, w of (M, T, C', h, w)."""
        projected = self.projection(features.flatten(0, 1))
        projected = self.projection_norm(projected)
        projected = projected.unflatten(0, features.shape[:2])
        size = features.shape[1], *features.shape[-2:]
        tokens = projected.permute(0, 1, 3, 4, 2).flatten(1, 3)
        position = self._position(size, branch, tokens)
        return self.encoder(tokens, position), size

    def _position(
        self, size: tuple[int, int, int], branch: str, like: Tensor
    ) -> Tensor | None:
        if branch not in self.position:
            return None
        return self.cell_position(size, like)
