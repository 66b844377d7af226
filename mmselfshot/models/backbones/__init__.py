"""Backbones, and what trains them."""

from mmselfshot.models.backbones.caption_contrast import CaptionContrast
from mmselfshot.models.backbones.cell_classifier import CellClassifier
from mmselfshot.models.backbones.dino_vision_transformer import (
    DINOVisionTransformer,
)
from mmselfshot.models.backbones.kind_classifier import KindClassifier
from mmselfshot.models.backbones.open_clip_model import OpenCLIP
from mmselfshot.models.backbones.still_jitter import StillJitter

__all__ = [
    'CaptionContrast',
    'CellClassifier',
    'DINOVisionTransformer',
    'KindClassifier',
    'OpenCLIP',
    'StillJitter',
]
