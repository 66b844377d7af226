"""Networks: parts shared by role, and one room per system."""

from mmselfshot.models import (
    backbones,
    cutler,
    data_preprocessors,
    dino,
    matchers,
    minvis,
    retriever,
    selfshot,
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
    'selfshot',
    'uvis',
]
