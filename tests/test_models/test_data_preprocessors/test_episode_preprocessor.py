"""Episodes without hue, light and contrast."""

import pytest
import torch
from torch.profiler import profile

from mmselfshot.models.data_preprocessors import EpisodePreprocessor
from mmselfshot.utils import UserError


def test_light_and_contrast_of_a_frame_say_nothing():
    made = torch.Generator().manual_seed(0)
    shape = (1, 2, 3, 8, 12)
    frames = torch.randint(0, 60, shape, generator=made, dtype=torch.uint8)
    brighter = frames * 3 + 40
    normalise = EpisodePreprocessor(has_frame_norm=True)
    found, other = (
        normalise(dict(inputs=dict(query=one, supports=None)))['inputs'][
            'query'
        ]
        for one in (frames, brighter)
    )
    torch.testing.assert_close(found, other, rtol=0, atol=1e-5)
    assert found.mean((-2, -1)).abs().max() < 1e-5
    torch.testing.assert_close(
        found.std((-2, -1), correction=0), torch.ones(1, 2, 3)
    )


def test_black_supports_stay_black():
    supports = torch.zeros(1, 2, 1, 3, 8, 12, dtype=torch.uint8)
    query = torch.zeros(1, 1, 3, 8, 12, dtype=torch.uint8)
    found = EpisodePreprocessor(has_frame_norm=True)(
        dict(inputs=dict(query=query, supports=supports))
    )
    assert not found['inputs']['supports'].any()


def test_a_query_is_copied_once_and_left_as_it_is():
    """A long query is large: its float32 copy is four times its size."""
    made = torch.Generator().manual_seed(0)
    clip = torch.randint(256, (6, 3, 20, 30), generator=made)
    normalise = EpisodePreprocessor((1.0, 2.0, 3.0), (3.0, 5.0, 7.0))
    mean, std = normalise.mean, normalise.std
    for query in (clip.to(torch.uint8), clip.float()):
        expected = (clip.float() - mean) / std
        before = query.clone()
        with profile(profile_memory=True) as seen:
            found = normalise({'inputs': {'query': [query]}})['inputs']
        assert torch.equal(found['query'][0], expected)
        assert torch.equal(query, before)
        taken = sum(max(one.self_cpu_memory_usage, 0) for one in seen.events())
        assert taken == 4 * clip.numel()


def clips_of(*shapes):
    return [torch.randint(256, shape).to(torch.uint8) for shape in shapes]


def test_videos_may_have_unlike_numbers_of_supports():
    clips = clips_of(*((k, 2, 3, 4, 6) for k in (2, 0, 1)))
    query = clips_of(*[(5, 3, 4, 6)] * 3)
    normalise = EpisodePreprocessor((0.0,) * 3, (2.0,) * 3)
    found = normalise(dict(inputs=dict(query=query, supports=clips)))['inputs']
    assert found['query'].shape == (3, 5, 3, 4, 6)
    assert found['supports'][1] is None
    for video in (0, 2):
        wanted = clips[video][None] / 2
        assert torch.equal(found['supports'][video], wanted)


@pytest.mark.parametrize('num_supports', [(1, 1), (1, 2)])
def test_clips_of_unlike_size_are_refused(num_supports):
    first, second = num_supports
    clips = clips_of((first, 2, 3, 4, 6), (second, 2, 3, 8, 6))
    query = clips_of(*[(5, 3, 4, 6)] * 2)
    with pytest.raises(UserError, match='the supports of a batch have shapes'):
        EpisodePreprocessor()(dict(inputs=dict(query=query, supports=clips)))
