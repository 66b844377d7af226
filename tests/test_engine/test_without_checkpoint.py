"""tools/test.py with a model that has no weights, and one that has some."""

import json

import pytest
from tiny_episodes import make_episodes, write_episodes
from tiny_selfshot import TINY
from tool_here import mistake_of_tool, output_of_tool


@pytest.fixture
def place(tmp_path):
    given = write_episodes(tmp_path, make_episodes(((3,),) * 2))
    dataset = dict(
        type='EpisodeDataset',
        **given,
        split=str(tmp_path / 'split.json'),
        max_supports=0,
        test_mode=True,
        pipeline=[dict(type='PackEpisode')],
    )
    loader = dict(
        batch_size=1, sampler=dict(type='VideoTestSampler'), dataset=dataset
    )
    metric = dict(type='EpisodeMetric', ann_file=given['ann_file'])
    model = TINY | dict(data_preprocessor=dict(type='EpisodePreprocessor'))
    for name, one in (
        ('motion', dict(type='MotionSegmenter')),
        ('network', model),
    ):
        (tmp_path / f'{name}.py').write_text(
            f"default_scope = 'mmselfshot'\nmodel = {one!r}\n"
            f'test_dataloader = {loader!r}\ntest_evaluator = {metric!r}\n'
            "test_cfg = dict(type='TestLoop')\n"
        )
    return tmp_path


def test_a_model_without_weights_is_scored(place, monkeypatch, capsys):
    here = monkeypatch, capsys, place, 'test.py'
    output_of_tool(*here, 'motion.py', 'none', '--out', 'out')
    numbers = json.loads((place / 'out/metrics.json').read_text())
    assert 0 <= numbers['vis/fgbg_AP50'] <= 1
    assert isinstance(
        json.loads((place / 'out/results.json').read_text()), list
    )
    line = mistake_of_tool(*here, 'network.py', 'none')
    assert (
        'the SelfShotVIS of the config has weights, and no checkpoint' in line
    )
    words = 'motion.py', 'none', '--launcher', 'pytorch'
    line = mistake_of_tool(*here, *words)
    assert 'is scored by one process; leave out --launcher pytorch' in line
