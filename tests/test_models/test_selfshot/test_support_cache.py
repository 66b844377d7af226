"""Encoded supports that are kept."""

import pytest
import torch

from mmselfshot.models.selfshot import (
    SpatioTemporalEncoder,
    SupportCache,
    clip_hash,
)
from mmselfshot.utils import UserError

BYTES = 2 * 3 * 4  # of one support, two tokens of three channels
KEYS = [('a', 'model'), ('b', 'model'), ('c', 'model')]


def support(value=0.0):
    return torch.full((2, 3), float(value))


class Encoder:
    """Says the place of a support, and remembers for which it was asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, places):
        self.asked.append(places)
        return torch.stack([support(place) for place in places])


def fetch(cache, keys, encode=None):
    return cache.fetch(keys, encode or Encoder(), torch.zeros(0))


def test_only_absent_supports_are_encoded_and_at_once():
    cache, encode = SupportCache(9 * BYTES), Encoder()
    cache.put(KEYS[1], support(7))
    found = fetch(cache, KEYS, encode)
    assert encode.asked == [[0, 2]]
    assert found[:, 0, 0].tolist() == [0, 7, 2]
    assert fetch(cache, KEYS[::-1], encode)[:, 0, 0].tolist() == [2, 7, 0]
    assert len(encode.asked) == 1
    assert (cache.num_hits, cache.num_misses) == (4, 2)


def test_least_recently_used_goes_first():
    cache = SupportCache(2 * BYTES)
    for key in KEYS[:2]:
        cache.put(key, support())
    assert cache.get(KEYS[0]) is not None
    cache.put(KEYS[2], support())
    assert [key in cache for key in KEYS] == [True, False, True]
    assert cache.num_bytes == 2 * BYTES and len(cache) == 2


@pytest.mark.parametrize('max_bytes', [0, BYTES - 1, BYTES, 2 * BYTES])
def test_supports_beyond_the_memory_are_fetched_all_the_same(max_bytes):
    cache = SupportCache(max_bytes)
    for _ in range(2):
        assert fetch(cache, KEYS)[:, 0, 0].tolist() == [0, 1, 2]
        assert cache.num_bytes <= max_bytes
        assert len(cache) == max_bytes // BYTES


def test_equal_supports_are_encoded_once():
    encode = Encoder()
    found = fetch(SupportCache(BYTES), [KEYS[0]] * 3, encode)
    assert encode.asked == [[0]] and found.shape == (3, 2, 3)


def test_same_clip_of_another_model_is_another_support():
    cache = SupportCache(9 * BYTES)
    cache.put(('a', 'model'), support())
    assert cache.get(('a', 'retrained')) is None


def test_support_put_again_is_replaced():
    cache = SupportCache(9 * BYTES)
    cache.put(KEYS[0], support(1))
    cache.put(KEYS[0], support(2))
    assert cache.get(KEYS[0]).mean() == 2 and cache.num_bytes == BYTES


def test_kept_support_is_a_copy_and_not_its_batch():
    cache, batch = SupportCache(9 * BYTES), torch.zeros(5, 2, 3)
    cache.put(KEYS[0], batch[0])
    batch += 1
    kept = cache.get(KEYS[0])
    assert kept.sum() == 0 and kept.untyped_storage().nbytes() == BYTES


@pytest.mark.parametrize('dtype', [torch.bfloat16, 'bfloat16'])
def test_narrow_supports_come_back_as_the_query_is(dtype):
    cache = SupportCache(BYTES, dtype=dtype)
    assert fetch(cache, KEYS[:2]).dtype == torch.float32
    assert cache.get(KEYS[0]).dtype == torch.bfloat16
    assert len(cache) == 2 and cache.num_bytes == BYTES
    assert fetch(cache, KEYS[:2]).dtype == torch.float32


def test_cached_support_is_the_uncached_one():
    encoder = SpatioTemporalEncoder(2, 12, 3, 20).eval()
    tokens = torch.randn(3, 5, 12)

    @torch.no_grad()
    def encode(places):
        return encoder(tokens[places])

    cache = SupportCache(10**6)
    fetch(cache, KEYS[1:2], lambda places: encode([1]))
    found = fetch(cache, KEYS, encode)
    torch.testing.assert_close(found, encode([0, 1, 2]), rtol=0, atol=1e-5)
    assert torch.equal(fetch(cache, KEYS, encode), found)


def test_reset_forgets():
    cache = SupportCache(9 * BYTES)
    fetch(cache, KEYS)
    cache.reset()
    assert len(cache) == cache.num_bytes == cache.num_misses == 0


def test_support_with_gradient_is_not_kept():
    with pytest.raises(AssertionError, match='no gradient'):
        SupportCache(BYTES).put(KEYS[0], support().requires_grad_())


def test_negative_memory_is_refused():
    with pytest.raises(UserError, match='max_bytes=-1'):
        SupportCache(-1)


@pytest.mark.parametrize('dtype', ['bf16', 'int8', 'zeros'])
def test_other_types_are_refused(dtype):
    with pytest.raises(UserError, match=f"dtype='{dtype}'; expected float32"):
        SupportCache(BYTES, dtype=dtype)


def test_clip_is_known_by_its_content():
    clip = torch.arange(48, dtype=torch.uint8).view(1, 3, 4, 4)
    found = clip_hash(clip)
    assert len(found) == 16 and clip_hash(clip.clone()) == found
    assert clip_hash(clip.mT.contiguous().mT) == found
    others = [clip.flip(0, 2), clip.view(1, 3, 2, 8), clip.float()]
    assert len({found, *map(clip_hash, others)}) == 4
