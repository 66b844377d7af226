"""The network of Self-Shot VIS, from frames to slots.

Source: Self-Shot VIS (ECCV 2022), Sec. 5, Fig. 1, and App. A.3.
Ours: a query may have fewer frames than the network has slots for, then the
first frames' slots are used. Without a support the fuser is skipped.
Shapes: B videos, T frames, n slots of a frame, L decoder layers, K supports
of S frames, N tokens of a support, C channels, h w feature cells at stride
16.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from mmengine.model import BaseModel
from torch import Tensor, nn

from mmselfshot.models.selfshot.cached_encoder import CachedEncoder
from mmselfshot.models.selfshot.episode_encoder import BRANCHES, EpisodeEncoder
from mmselfshot.models.selfshot.fuser import QuerySupportFuser
from mmselfshot.models.selfshot.position_encoding import TEMPERATURE
from mmselfshot.models.selfshot.precision import at_least_float32
from mmselfshot.models.selfshot.segmenter import InstanceSegmenter
from mmselfshot.models.selfshot.slot_heads import SlotHeads
from mmselfshot.models.selfshot.slot_outputs import DecodedQuery, SlotOutputs
from mmselfshot.models.selfshot.slot_places import SlotPlaces
from mmselfshot.models.selfshot.transformer_layers import SlotDecoder
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError

BOX_SIDE = 0.18  # of the picture, where slots start from places
EMBED_STD = 0.02


class SelfShotNetwork(BaseModel):
    """Encoder, fuser, decoder, heads and segmenter.

    Args:
        backbone: Gives features at strides 4, 8 and 16.
        in_channels: Of the last of them.
        dims: C, of all tokens and slots.
        num_slots: n.
        num_frames: T at most.
        encoder: Arguments of `SpatioTemporalEncoder`; `num_layers=0` leaves
            it out.
        fuser: Arguments of `QuerySupportFuser`, likewise.
        decoder: Arguments of `SlotDecoder`.
        segmenter: Arguments of `InstanceSegmenter`.
        position: See `EpisodeEncoder`; so is the next.
        support_encoding: `separate` or `joint`.
        frames_at_once: Of the backbone, see `EpisodeEncoder`.
        has_fresh_dilated: Start the dilated convolutions of the backbone
            with Xavier's weights, whatever it was initialised with.
        temperature: Of the positions, see `EpisodeEncoder`; so is the next.
        projection_norm: After the projection of the backbone's features.
        place_gain: Let slots start from places, see `SlotPlaces`: positions
            are in what slots read, and slots attend to their like, so many
            times as sharply (about 4). None: as in the paper.
        support_cache: Arguments of `SupportCache`, through which prediction
            encodes supports; None: every time anew.
        bfloat16_on: Kinds of devices, such as `cuda`, on which layers compute
            in bfloat16, as autocast chooses them; heads, normalisations and
            losses stay in float32.
        data_preprocessor: An `EpisodePreprocessor`.
        init_cfg: Of mmengine's BaseModule.
    """

    def __init__(
        self,
        backbone: dict,
        in_channels: int = 1024,
        dims: int = 288,
        num_slots: int = 10,
        num_frames: int = 32,
        encoder: dict | None = None,
        fuser: dict | None = None,
        decoder: dict | None = None,
        segmenter: dict | None = None,
        position: Sequence[str] = BRANCHES,
        support_encoding: str = 'separate',
        frames_at_once: int = 32,
        has_fresh_dilated: bool = True,
        temperature: float = TEMPERATURE,
        projection_norm: dict | None = None,
        place_gain: float | None = None,
        support_cache: Mapping[str, Any] | None = None,
        bfloat16_on: Sequence[str] = (),
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        if isinstance(data_preprocessor, dict):
            # also found where no default scope is set
            data_preprocessor = MODELS.build(data_preprocessor)
        super().__init__(
            data_preprocessor=data_preprocessor, init_cfg=init_cfg
        )
        self.num_slots = num_slots
        self.num_frames = num_frames
        self.has_fresh_dilated = has_fresh_dilated
        self.bfloat16_on = _kinds_of_devices(bfloat16_on)
        self.episode_encoder = EpisodeEncoder(
            backbone,
            in_channels,
            dims,
            encoder or {},
            position,
            support_encoding,
            frames_at_once,
            temperature,
            projection_norm,
        )
        self.cached_encoder = support_cache and CachedEncoder(
            self.episode_encoder,
            dict(
                backbone=backbone,
                encoder=encoder,
                position=list(position),
                temperature=temperature,
                projection_norm=projection_norm,
            ),
            support_cache,
        )
        self.fuser = QuerySupportFuser(dims=dims, **(fuser or {}))
        self.decoder = SlotDecoder(dims=dims, **(decoder or {}))
        self.query_embed = nn.Embedding(num_frames * num_slots, dims)
        self.heads = SlotHeads(dims, BOX_SIDE if place_gain else None)
        self.segmenter = InstanceSegmenter(dims=dims, **(segmenter or {}))
        self.slot_places = None
        if place_gain:
            self._start_from_places(place_gain)

    def init_weights(self) -> None:
        """Initialise; the modified convolutions come last."""
        super().init_weights()
        if self.has_fresh_dilated:
            self.episode_encoder.init_dilated()

    def train(self, mode: bool = True) -> 'SelfShotNetwork':
        """Switch the mode; training changes what kept supports rest on."""
        if mode and self.cached_encoder:
            self.cached_encoder.reset()
        return super().train(mode)

    def _load_from_state_dict(self, *args: Any, **kwargs: Any) -> None:
        super()._load_from_state_dict(*args, **kwargs)
        if self.cached_encoder:
            self.cached_encoder.reset()

    def encode_supports(self, supports: Tensor) -> Tensor:
        """Encode (B, K, S, 3, H, W) supports to (B, K, S * h * w, C).

        Encoded separately, the result for a support depends on it alone and
        can be used again for any query. Without gradients it is, if there is
        a `support_cache`.
        """
        is_fresh = self.training or torch.is_grad_enabled()
        cached = None if is_fresh else self.cached_encoder
        with self.precision(supports):
            return (cached or self.episode_encoder.encode_supports)(supports)

    def precision(self, like: Tensor) -> AbstractContextManager:
        """In which layers compute on the device of a tensor."""
        device = like.device.type
        if device not in self.bfloat16_on:
            return nullcontext()  # as whoever trains has chosen
        return torch.autocast(device, torch.bfloat16)

    def decode(
        self, inputs: Mapping[str, Tensor | None]
    ) -> tuple[SlotOutputs, DecodedQuery]:
        """Everything but masks.

        Args:
            inputs: `query` (B, T, 3, H, W) float, normalised; `supports`
                (B, K, N, C), see `encode_supports`; None or K = 0: none; a
                list of B such with one video each where K differs.
                With `encoded_query`, an `EncodedQuery`, the shape alone of
                `query` counts.

        Raises:
            UserError: If the query is longer than the slots are for.
        """
        num_frames = inputs['query'].shape[1]
        if num_frames > self.num_frames:
            raise UserError(
                f'a query of {num_frames} frames; the model has slots for '
                f'{self.num_frames}, cut the query to windows'
            )
        with self.precision(inputs['query']):
            return self._decode(inputs['query'], inputs)

    def _decode(
        self, query: Tensor, inputs: Mapping[str, Tensor | None]
    ) -> tuple[SlotOutputs, DecodedQuery]:
        num_frames = query.shape[1]
        tokens, size, levels = inputs.get(
            'encoded_query'
        ) or self.episode_encoder.encode_query(query)
        position = self.episode_encoder.cell_position(size, tokens)
        fused = self._fuse(tokens, size, inputs)
        embed = self.query_embed.weight[: num_frames * self.num_slots]
        placed = references = None
        if self.slot_places is None:
            slots = self.decoder(fused, position, embed)
        else:
            references = self.slot_places.references
            placed = fused + position
            embed = embed + self.slot_places.codes(position, size)
            slots = self.decoder(placed, None, embed)
        slots = slots.unflatten(2, (num_frames, self.num_slots))
        with torch.autocast(slots.device.type, enabled=False):
            precise = at_least_float32(slots)
            outputs = SlotOutputs(*self.heads(precise, references))
        encoded, fused, placed = (
            one if one is None else _to_maps(one, size)
            for one in (tokens, fused, placed)
        )
        return outputs, DecodedQuery(slots[-1], encoded, fused, levels, placed)

    def _start_from_places(self, gain: float) -> None:
        self.slot_places = SlotPlaces(self.num_slots)
        nn.init.normal_(self.query_embed.weight, std=EMBED_STD)
        for layer in self.decoder.layers:
            layer.cross_attention.align(gain)
        self.segmenter.attention.align(gain)

    @property
    def has_fuser(self) -> bool:
        """Whether supports can change anything."""
        return len(self.fuser.layers) > 0

    def _fuse(
        self,
        tokens: Tensor,
        size: tuple[int, int, int],
        inputs: Mapping[str, Tensor | None],
    ) -> Tensor:
        """(B, T * h * w, C) query tokens with the supports in them."""
        encoded, clips = inputs.get('encoded_supports'), inputs.get('supports')
        if not self.has_fuser or (encoded is None and clips is None):
            return tokens
        if isinstance(clips, list):
            fused = [
                self._fuse(tokens[[video]], size, {'supports': of_video})
                for video, of_video in enumerate(clips)
            ]
            return torch.cat(fused)
        if encoded is None:
            encoded = self.encode_supports(clips)
        positions = None, None
        if self.fuser.has_position and encoded.shape[1]:
            positions = (
                self.episode_encoder.query_position(size, tokens),
                self.episode_encoder.support_position(encoded, size[1:]),
            )
        return self.fuser(tokens, encoded.flatten(1, 2), *positions)


def _to_maps(tokens: Tensor, size: tuple[int, int, int]) -> Tensor:
    """(B, T * h * w, C) to (B, T, C, h, w)."""
    return tokens.unflatten(1, size).permute(0, 1, 4, 2, 3)


def _kinds_of_devices(kinds: Sequence[str]) -> tuple[str, ...]:
    if isinstance(kinds, str) or not isinstance(kinds, Sequence):
        raise UserError(
            f'bfloat16_on={kinds!r}; expected kinds of devices, such as '
            "['cuda'], or [] for none"
        )
    return tuple(kinds)
