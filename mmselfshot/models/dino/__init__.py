"""DINO: self-distillation without labels."""

from mmselfshot.models.dino.dino_pretrainer import DINOPretrainer

__all__ = ['DINOPretrainer']
