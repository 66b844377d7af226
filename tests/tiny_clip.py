"""Untrained CLIP models small enough to build in a test."""

import torch

from mmselfshot.models.backbones import OpenCLIP

TEXT = dict(context_length=77, vocab_size=49408, width=32, heads=2, layers=1)
VIT = dict(layers=1, width=32, patch_size=8, image_size=32, head_width=16)
RESNET = dict(layers=[1, 1, 1, 1], width=4, image_size=64, head_width=64)


def clip_config(**vision) -> dict:
    """A model of open_clip with this image tower, a small ViT by default."""
    return dict(embed_dim=32, vision_cfg={**(vision or VIT)}, text_cfg=TEXT)


def tiny_clip(seed: int = 0, vision: dict | None = None, **settings):
    """An `OpenCLIP` with random weights."""
    torch.manual_seed(seed)
    return OpenCLIP(model_config=clip_config(**(vision or VIT)), **settings)
