"""Backbones, and what trains them."""

from mmselfshot.models.backbones.kind_classifier import KindClassifier

__all__ = ['KindClassifier']
