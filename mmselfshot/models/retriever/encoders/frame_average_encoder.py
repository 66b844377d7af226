"""Features of single frames, averaged over a clip.

Source: Self-Shot VIS (ECCV 2022), Tab. 1, rows (c) and (d): frame features
of a network trained on ImageNet, as they are or trained on with MoCo.
Ours: any network of the registry takes the place of the paper's Inception.
Shapes: B clips, T frames, C channels, h w feature cells.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from mmselfshot.assets import find_file
from mmselfshot.models.retriever.encoders.clip_encoder import ClipEncoder
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError
from mmselfshot.utils.checkpoint import load_weights


@MODELS.register_module()
class FrameAverageEncoder(ClipEncoder):
    """Mean over the frames of what a frame encoder says of each.

    Args:
        frame_encoder: Config of a network for (N, 3, H, W) float. It returns
            (N, C) vectors, or (N, C, h, w) maps (or a tuple of them), whose
            cells are averaged.
        num_channels: C.
        clip_size: (H, W).
        num_frames: T.
        frame_size: (height, width) to which frames are brought for the frame
            encoder, in pixels; the aspect may be lost. None for `clip_size`.
        level: Which of several maps is taken.
        checkpoint: Weights of the frame encoder, a file or
            `mmselfshot://FILE`. None: what its `init_cfg` names.
        is_frozen: Whether nothing is trained and normalisation keeps its
            statistics.
        kwargs: `mean`, `std` and `init_cfg` of `ClipEncoder`.

    Raises:
        UserError: If the checkpoint does not fit.
    """

    def __init__(
        self,
        frame_encoder: dict,
        num_channels: int,
        clip_size: tuple[int, int] = (224, 224),
        num_frames: int = 5,
        frame_size: tuple[int, int] | None = None,
        level: int = -1,
        checkpoint: str | Path | None = None,
        is_frozen: bool = True,
        **kwargs,
    ) -> None:
        super().__init__(num_channels, clip_size, num_frames, **kwargs)
        self.frame_encoder = MODELS.build(frame_encoder)
        self.frame_size = frame_size and tuple(frame_size)
        self.level = level
        self.is_frozen = is_frozen
        self.is_filled = False
        if checkpoint is not None:
            load_weights(self.frame_encoder, find_file(checkpoint))
            self.is_filled = True
        if is_frozen:
            # no training will begin, which is when others are filled
            self.init_weights()
            self.is_filled = True
            self.requires_grad_(False)
            self.eval()

    def init_weights(self) -> None:
        """As of a module, except that weights that are there stay."""
        if not self.is_filled:
            super().init_weights()

    def train(self, mode: bool = True) -> 'FrameAverageEncoder':
        """As of a module, except that a frozen one stays as it is."""
        return super().train(mode and not self.is_frozen)

    def describe(self, clips: Tensor) -> Tensor:
        """As `forward`, of normalised clips (B, T, 3, H, W)."""
        frames = clips.flatten(0, 1)
        if self.frame_size not in (None, self.clip_size):
            frames = F.interpolate(
                frames, self.frame_size, mode='bilinear', antialias=True
            )
        with torch.set_grad_enabled(
            torch.is_grad_enabled() and not self.is_frozen
        ):
            found = self.frame_encoder(frames)
        if isinstance(found, (tuple, list)):
            found = found[self.level]
        if found.ndim == 4:
            found = found.mean((2, 3))
        if found.shape != (len(frames), self.num_channels):
            raise UserError(
                f'the frame encoder gives {tuple(found.shape[1:])} for a '
                f'frame; expected num_channels={self.num_channels}; correct '
                'the config'
            )
        return found.unflatten(0, clips.shape[:2]).mean(1)
