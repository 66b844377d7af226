"""ToyVIS: a procedural world of moving shapes, made from a seed."""

from mmselfshot.datasets.toyvis.fewshot.options import FewshotOptions
from mmselfshot.datasets.toyvis.options import (
    LEVELS,
    EasyOptions,
    StandardOptions,
    make_options,
)
from mmselfshot.datasets.toyvis.outlines import ALL_KINDS, EASY_KINDS
from mmselfshot.datasets.toyvis.render import render_video
from mmselfshot.datasets.toyvis.scene import Body, VideoSpec, draw_video
from mmselfshot.datasets.toyvis.world import make_world

__all__ = [
    'ALL_KINDS',
    'EASY_KINDS',
    'LEVELS',
    'Body',
    'EasyOptions',
    'FewshotOptions',
    'StandardOptions',
    'VideoSpec',
    'draw_video',
    'make_options',
    'make_world',
    'render_video',
]
