"""What every encoder of clips promises.

Source: Self-Shot VIS (ECCV 2022), Sec. 4: Phi of Eq. (1) to (3).
Shapes: B clips, T frames, C channels, H W pixels.
"""

from abc import abstractmethod
from collections.abc import Sequence

import torch
from mmengine.model import BaseModule
from torch import Tensor

from mmselfshot.models.data_preprocessors.frame_norm import normalise_frames
from mmselfshot.utils import UserError

RGB_MEAN = (123.675, 116.28, 103.53)  # of ImageNet, of 255
RGB_STD = (58.395, 57.12, 57.375)


class ClipEncoder(BaseModule):
    """Turns clips into vectors; a subclass writes `describe`.

    Attributes:
        num_channels: C.
        clip_size: (H, W) that the pixels of a clip are brought to.
        num_frames: T, frames that are taken from a segment.

    Args:
        num_channels: As above; so are `clip_size` and `num_frames`.
        mean: RGB mean, of 255.
        std: RGB standard deviation, of 255.
        has_frame_norm: Whether each frame and colour is brought to mean 0
            and standard deviation 1 instead, so that hue, light and contrast
            of a frame say nothing.
        init_cfg: See `mmengine.model.BaseModule`.

    Raises:
        UserError: If a size is below 1.
    """

    def __init__(
        self,
        num_channels: int,
        clip_size: tuple[int, int],
        num_frames: int,
        mean: Sequence[float] = RGB_MEAN,
        std: Sequence[float] = RGB_STD,
        has_frame_norm: bool = False,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.num_channels = num_channels
        self.clip_size = tuple(clip_size)
        self.num_frames = num_frames
        self.has_frame_norm = has_frame_norm
        sizes = (num_channels, *self.clip_size, num_frames)
        if len(self.clip_size) != 2 or min(sizes) < 1:
            raise UserError(
                f'{type(self).__name__} has num_channels={num_channels}, '
                f'clip_size={clip_size}, num_frames={num_frames}; expected '
                '1 or more, and clip_size=(height, width)'
            )
        for name, values in (('mean', mean), ('std', std)):
            values = torch.tensor(values, dtype=torch.float32)
            self.register_buffer(name, values[:, None, None], persistent=False)

    def forward(self, clips: Tensor) -> Tensor:
        """Describe clips.

        Args:
            clips: (B, T, 3, H, W) float32, RGB in [0, 255].

        Returns:
            (B, C) float, the trunk's vectors, of any length.

        Raises:
            ValueError: If the clips are of another shape.
        """
        expected = (self.num_frames, 3, *self.clip_size)
        if clips.shape[1:] != expected:
            raise ValueError(
                f'clips of {tuple(clips.shape[1:])}; {type(self).__name__} '
                f'expects {expected}, frames x colours x height x width'
            )
        if self.has_frame_norm:
            return self.describe(normalise_frames(clips))
        return self.describe((clips - self.mean) / self.std)

    @abstractmethod
    def describe(self, clips: Tensor) -> Tensor:
        """As `forward`, of normalised clips of the right shape."""
