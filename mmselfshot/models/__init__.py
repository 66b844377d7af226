"""Networks: parts shared by role, and one room per system."""

from mmselfshot.models import (
    backbones,
    cutler,
    data_preprocessors,
    dino,
    matchers,
    minvis,
    retriever,
    uvis,
)

__all__ = [
    'backbones',
    'cutler',
    'data_preprocessors',
    'dino',
    'matchers',
    'minvis',
    'retriever',
    'uvis',
]
