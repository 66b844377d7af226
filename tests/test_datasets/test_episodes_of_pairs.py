"""Training from a file of pairs: K supports each, in batches."""

import pytest
import torch
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from tiny_episodes import write_episodes, write_pairs
from tiny_selfshot import SIZE, build_tiny

from mmselfshot.datasets.episode_dataset import EpisodeDataset
from mmselfshot.datasets.randomness import SampleIndex
from mmselfshot.registry import SCOPE
from mmselfshot.utils import UserError

ROWS = [(1, [1], ['v3', 'v2']), (4, [2], ['v5']), (2, [1], [])]


@pytest.fixture
def given(tmp_path):
    """Query 1 has two supports, query 4 one and query 2 none."""
    files = write_episodes(tmp_path)
    pipeline = [
        dict(type='ResizeEpisode', size=SIZE),
        dict(type='PackEpisode'),
    ]
    pairs = write_pairs(tmp_path / 'pairs.json', ROWS)
    return {**files, 'pipeline': pipeline, 'pairs': pairs}


def test_supports_repeat_up_to_the_number_of_training(given, capsys):
    dataset = EpisodeDataset(**given)
    names = [
        dataset[SampleIndex(n, 0, 0)]['data_samples'].support_names
        for n in range(len(dataset))
    ]
    assert names == [['v3', 'v2'], ['v5', 'v5']]
    text = capsys.readouterr().out
    assert '1 of 3 training queries have no support and are left out' in text
    assert '1 of 3 training queries have fewer than 2 supports, wh' in text
    draws = [dataset[SampleIndex(1, n, 0)]['inputs'] for n in range(8)]
    clips = [one['supports'] for one in draws]
    assert any(not torch.equal(first, again) for first, again in clips)
    one = EpisodeDataset(**{**given, 'num_supports': 1})
    assert one[SampleIndex(0, 0, 0)]['data_samples'].support_names == ['v3']
    none = EpisodeDataset(**{**given, 'num_supports': 0})
    assert len(none) == 3


def test_more_supports_than_the_file_has_and_none_at_all(given, tmp_path):
    with pytest.raises(UserError, match='holds 2 supports per query, wanted'):
        EpisodeDataset(**{**given, 'num_supports': 3})
    rows = [(1, [1], ['v3', 'v2']), (2, [1], [])]
    path = tmp_path / 'pairs.json'
    given['pairs'] = write_pairs(path, rows)
    path.write_text(path.read_text().replace('["v3", "v2"]', '[]'))
    with pytest.raises(UserError, match='none of 2 training queries of the f'):
        EpisodeDataset(**given)


def test_a_step_of_a_batch_of_two(given):
    """Queries with two supports and with one stand in one batch."""
    with DefaultScope.overwrite_default_scope(SCOPE):
        loader = Runner.build_dataloader(
            dict(
                batch_size=2,
                num_workers=0,
                sampler=dict(type='VideoTrainSampler', seed=0),
                dataset=dict(type='EpisodeDataset', **given),
                collate_fn=dict(type='pseudo_collate'),
            )
        )
    batch = next(iter(loader))
    names = {tuple(one.support_names) for one in batch['data_samples']}
    assert names == {('v3', 'v2'), ('v5', 'v5')}
    preprocessor = dict(type='EpisodePreprocessor')
    model = build_tiny(data_preprocessor=preprocessor).train()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    before = [one.detach().clone() for one in model.fuser.parameters()]
    data = model.data_preprocessor(batch, True)
    assert data['inputs']['supports'].shape == (2, 2, 2, 3, *SIZE)
    losses = model(**data, mode='loss')
    total = sum(losses.values())
    assert torch.isfinite(total) and total > 0
    total.backward()
    optimizer.step()
    after = model.fuser.parameters()
    assert any(not torch.equal(*one) for one in zip(before, after))
