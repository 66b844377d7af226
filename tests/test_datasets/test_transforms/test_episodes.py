"""Steps of episodes: masks stay on their objects, clips keep their draw."""

import pytest
import torch

from mmselfshot.datasets.transforms import (
    BlankSupports,
    ColourEpisode,
    FlipEpisode,
    ResizeEpisode,
)


def make_results(num_targets=1):
    """A bright box and its mask, and a support of another size."""
    query = torch.zeros(2, 3, 8, 12, dtype=torch.uint8)
    query[:, :, 2:6, 2:4] = 200
    masks = torch.zeros(num_targets, 2, 8, 12, dtype=torch.bool)
    masks[..., 2:6, 2:4] = True
    support = torch.zeros(3, 3, 4, 6, dtype=torch.uint8)
    support[..., :3] = 100
    return {
        'query': query,
        'supports': [support, support.clone()],
        'masks': masks,
        'ignored_mask': masks.any(0) if num_targets else None,
        'meta': {},
    }


def test_masks_grow_with_the_frames():
    results = ResizeEpisode((16, 24)).transform(make_results())
    assert results['query'].shape == (2, 3, 16, 24)
    assert [tuple(one.shape) for one in results['supports']] == [
        (3, 3, 16, 24)
    ] * 2
    wanted = torch.zeros(16, 24, dtype=torch.bool)
    wanted[4:12, 4:8] = True
    assert torch.equal(results['masks'][0, 0], wanted)
    assert torch.equal(results['ignored_mask'][1], wanted)
    assert torch.equal(results['query'][0, 0] > 99, wanted)


def test_no_target_has_no_mask_of_any_size():
    results = make_results(0)
    results = ResizeEpisode((4, 6)).transform(results)
    assert results['masks'].shape == (0, 2, 4, 6)
    assert results['query'].dtype == torch.uint8
    same = make_results()
    before = same['query']
    assert ResizeEpisode((8, 12)).transform(same)['query'] is before


@pytest.mark.parametrize('prob', [0, 1])
def test_a_flip_takes_masks_along(prob):
    results = FlipEpisode(prob).transform(make_results())
    columns = slice(8, 10) if prob else slice(2, 4)
    assert results['masks'][0, :, 2:6, columns].all()
    assert results['masks'].sum() == 2 * 8
    assert torch.equal(results['query'][:, 0] > 0, results['masks'][0])
    assert torch.equal(results['ignored_mask'], results['masks'][0])
    assert bool(results['supports'][0][0, 0, 0, 0]) is not bool(prob)
    assert results['meta']['flip'] is bool(prob)


def test_a_vertical_flip_takes_masks_along():
    results = make_results()
    results['query'][:, :, :2, 2:4] = 200
    results['masks'][..., :2, 2:4] = True  # rows 0 to 5 of 8
    found = FlipEpisode(0, vertical_prob=1).transform(results)
    assert found['masks'][0, :, 2:, 2:4].all()
    assert not found['masks'][0, :, :2].any()
    assert torch.equal(found['query'][:, 0] > 0, found['masks'][0])


def test_each_clip_has_its_own_draw_for_all_frames():
    torch.manual_seed(0)
    seen = set()
    for _ in range(20):
        clips = FlipEpisode(0.5).transform(make_results())['supports']
        seen.add(tuple(bool(clip[0, 0, 0, 0]) for clip in clips))
    assert len(seen) == 4
    results = ColourEpisode((0.5, 0, 0, 0), 1.0).transform(make_results())
    first, second = results['supports']
    assert not torch.equal(first, second)
    assert torch.equal(first[0], first[2])
    assert torch.equal(results['masks'], make_results()['masks'])


@pytest.mark.parametrize('has_masks', [True, False])
def test_blank_supports_show_nothing_and_nothing_is_wanted(has_masks):
    torch.manual_seed(0)
    blank = 0
    for _ in range(200):
        results = make_results()
        if not has_masks:
            results['masks'] = results['ignored_mask'] = None
        query = results['query'].clone()
        results = BlankSupports(0.25).transform(results)
        assert torch.equal(results['query'], query)
        is_blank = not any(one.any() for one in results['supports'])
        blank += is_blank
        if has_masks:
            assert len(results['masks']) == (0 if is_blank else 1)
            assert results['masks'].shape[1:] == (2, 8, 12)
    assert 30 < blank < 70
