"""Backbones, and what trains them."""

from mmselfshot.models.backbones.dino_vision_transformer import (
    DINOVisionTransformer,
)
from mmselfshot.models.backbones.kind_classifier import KindClassifier

__all__ = ['DINOVisionTransformer', 'KindClassifier']
