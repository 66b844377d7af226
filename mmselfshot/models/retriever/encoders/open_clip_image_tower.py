"""The image tower of a CLIP model alone, as an encoder of frames."""

from typing import Any

from mmengine.model import BaseModule
from torch import Tensor

from mmselfshot.models.backbones import OpenCLIP
from mmselfshot.registry import MODELS


@MODELS.register_module()
class OpenCLIPImageTower(BaseModule):
    """Frames to CLIP's image features; the text tower is not kept.

    Args:
        model: See `OpenCLIP`; so are `pretrained` and `model_config`.

    Raises:
        UserError: As `OpenCLIP`.
    """

    def __init__(
        self,
        model: str | None = None,
        pretrained: str | None = None,
        model_config: str | dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        clip = OpenCLIP(model, pretrained, model_config)
        self.visual = clip.clip.visual

    def forward(self, frames: Tensor) -> Tensor:
        """Describe frames.

        Args:
            frames: (N, 3, H, W) float, normalised, of the tower's size.

        Returns:
            (N, C) float, in the space that CLIP shares with texts.
        """
        return self.visual(frames)
