"""One-to-one matching, shared by several systems."""

from mmselfshot.models.matchers.cosine_matcher import (
    cosine_cost,
    match_by_cosine,
)

__all__ = ['cosine_cost', 'match_by_cosine']
