"""Captions of ToyVIS stills taken apart, varied and compared.

Ours, no paper. A caption is what `toyvis.stills.write_caption` writes: `a
striped red star and an orange disc on a sandy background`.
"""

from functools import lru_cache

import torch

_PREFIXES = ('', 'a photo of ', 'a picture of ', 'a still of ', 'this is ')
_SAYS_NOTHING = frozenset(
    word for prefix in _PREFIXES for word in prefix.split()
) | {'an', 'the', 'on', 'and', 'background'}
_DROP_PROB = 0.3  # one attribute, or the background, is left out
_NO_ARTICLE_PROB = 0.3


@lru_cache(maxsize=100_000)
def words_of(text: str) -> frozenset[str]:
    """The words of a text that say something of a picture."""
    return frozenset(text.split()) - _SAYS_NOTHING


def is_true_of(text: str, caption: str) -> bool:
    """Whether a picture with this caption also shows what the text says.

    Args:
        text: A caption, whole or shortened.
        caption: The picture's whole caption. What it leaves out is not known
            and counts as not shown.
    """
    return words_of(text) <= words_of(caption)


def vary_caption(caption: str, bare_prob: float = 0.5) -> str:
    """Say the same or less in other words, as captions of people do.

    The kind of every object stays. Draws from torch's global generator.

    Args:
        caption: A whole one.
        bare_prob: Chance that nothing but the kinds is said.
    """
    objects, _, scene = caption.partition(' on ')
    is_bare = _happens(bare_prob)
    parts = []
    for part in objects.split(' and '):
        *attributes, kind = part.split()[1:]
        attributes = [
            word
            for word in attributes
            if not is_bare and not _happens(_DROP_PROB)
        ]
        words = ' '.join([*attributes, kind])
        parts.append(words if _happens(_NO_ARTICLE_PROB) else _spoken(words))
    text = ' and '.join(parts)
    if scene and not is_bare and not _happens(_DROP_PROB):
        text += f' on {scene}'
    return _PREFIXES[int(torch.randint(len(_PREFIXES), ()))] + text


def _happens(probability: float) -> bool:
    return bool(torch.rand(()) < probability)


def _spoken(words: str) -> str:
    from mmselfshot.datasets.toyvis.stills import with_article

    return with_article(words)
