"""The encoder of a retriever config, ready to turn clips into vectors.

Source: Self-Shot VIS (ECCV 2022), Sec. 4: search uses the encoder Phi alone,
without the head that the loss sees.
Ours: 5 segments for a clip of any length; the paper's clips of 5 s have five
segments of a second.
"""

from collections.abc import Mapping
from typing import Any

import torch
from mmengine.config import Config
from torch import Tensor

from mmselfshot.registry import MODELS, SCOPE
from mmselfshot.utils import UserError
from mmselfshot.utils.checkpoint import (
    check_weights,
    load_from_local,
    weights_of,
)
from mmselfshot.utils.tool_options import NO_CHECKPOINT

NUM_SEGMENTS = 5


class ClipEmbedder:
    """Turns sampled frames into the vector that an index holds.

    On the CPU it computes with one thread, so that a clip's vector does not
    depend on how many processes share the work.

    Attributes:
        encoder: A `ClipEncoder` in evaluation mode.
        num_channels: C.
        num_frames: T, frames of a segment.
        num_segments: S, segments of a clip.
        hash: Of the encoder and S; it ties an index to both.
        is_untrained: Whether a training was still to give it its weights.

    Args:
        cfg: A config with `model.encoder`.
        checkpoint: Of a training of that config. 'none' takes the encoder as
            its config builds it: a frozen one reads its own weights.
        num_segments: S.
        device: As torch names it; None for the GPU if there is one.

    Raises:
        UserError: If config, checkpoint or device cannot be used.
    """

    def __init__(
        self,
        cfg: Config | Mapping[str, Any],
        checkpoint: str,
        num_segments: int = NUM_SEGMENTS,
        device: str | None = None,
    ) -> None:
        from mmengine.registry import DefaultScope

        from mmselfshot.models.retriever.encoder_hash import encoder_hash
        from mmselfshot.utils.devices import find_device

        part = (cfg.get('model') or {}).get('encoder')
        if not part or 'type' not in part:
            raise UserError(
                f'{getattr(cfg, "filename", None) or "the config"} has no '
                'model.encoder; choose a retriever config'
            )
        if num_segments < 1:
            raise UserError(f'{num_segments} segments; expected 1 or more')
        with (
            DefaultScope.overwrite_default_scope(SCOPE),
            torch.random.fork_rng(devices=[]),
        ):
            torch.manual_seed(0)  # an untrained encoder is the same each time
            self.encoder = MODELS.build(part)
        has_checkpoint = str(checkpoint) != NO_CHECKPOINT
        if has_checkpoint:
            _load(self.encoder, str(checkpoint))
        self.is_untrained = not has_checkpoint and any(
            one.requires_grad for one in self.encoder.parameters()
        )
        self.encoder.to(find_device(device)).eval()
        self.num_channels = int(self.encoder.num_channels)
        self.num_frames = int(self.encoder.num_frames)
        self.num_segments = num_segments
        self.hash = f'{encoder_hash(self.encoder, part)}x{num_segments}'

    def fit(self, frames: Any) -> Tensor:
        """Bring frames to the encoder's size; loader workers do it.

        Args:
            frames: (S, T, H, W, 3) uint8 RGB.

        Returns:
            (S, T, h, w, 3) uint8.
        """
        from mmselfshot.models.retriever.clip_vectors import fit_frames

        frames = torch.as_tensor(frames).permute(0, 1, 4, 2, 3)
        fitted = fit_frames(frames, self.encoder.clip_size)
        return fitted.permute(0, 1, 3, 4, 2).contiguous()

    def __call__(self, frames: Any) -> Tensor:
        """Describe a clip.

        Args:
            frames: (S, T, H, W, 3) uint8 RGB, fitted or not.

        Returns:
            (C,) float32 on the CPU, of length 1, or zero, or not finite,
            whatever the encoder gives.
        """
        from mmselfshot.labelling.video_labeller import one_thread
        from mmselfshot.models.retriever.clip_vectors import embed_segments

        with one_thread():
            return embed_segments(self.encoder, self.fit(frames))


def segments_of(encoder: str) -> int:
    """The S of the hash that an index holds; 5 if it does not tell."""
    _, _, number = encoder.rpartition('x')
    return int(number) if number.isdigit() else NUM_SEGMENTS


def _load(encoder: torch.nn.Module, path: str) -> None:
    """Fill an encoder from a retriever's checkpoint, or from its own."""
    weights = weights_of(load_from_local(path))
    own = {
        key.removeprefix('encoder.'): value
        for key, value in weights.items()
        if key.startswith('encoder.')
    }
    weights = own or weights
    check_weights(encoder, weights, path)
    encoder.load_state_dict(weights, strict=False)
