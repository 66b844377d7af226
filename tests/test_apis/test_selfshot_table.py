"""The command on a tiny world, with weights that were not trained."""

import json

import pytest
import torch
from fewshot_worlds import TINY, make_fewshot
from tool_here import mistake_of_tool, output_of_tool

from mmselfshot.apis.selfshot_run import SelfShotRun
from mmselfshot.apis.selfshot_trials import CONFIG, Trial
from mmselfshot.engine.run_config import load_config
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError, read_json, write_json

TOOL = 'analysis_tools/selfshot_table.py'
SMALLER = ['model.num_slots=2', 'model.decoder.num_layers=1']


@pytest.fixture(scope='module')
def root(tmp_path_factory, repo):
    """A world in `world`, and weights in `w.pth`."""
    root = tmp_path_factory.mktemp('selfshot')
    make_fewshot(root / 'world', TINY, seed=3)
    torch.manual_seed(0)
    cfg = load_config(repo / CONFIG, SMALLER)
    cfg.model.data_preprocessor = dict(type='EpisodePreprocessor')
    model = MODELS.build(cfg.model)
    torch.save({'state_dict': model.state_dict()}, root / 'w.pth')
    page = '# A page\n\n<!-- selfshot -->\n<!-- end of selfshot -->\n'
    (root / 'page.md').write_text(page)
    return root


def words(*more):
    return (
        *('--out', 'out', '--drawn', '3=world', '--weights', 'all=w.pth'),
        *('--cfg-options', *SMALLER),
        *more,
    )


def test_checks_and_then_tables_that_quote_them(monkeypatch, capsys, root):
    said = output_of_tool(
        *(monkeypatch, capsys, root, TOOL), *words('--check', '3')
    ).splitlines()
    checks = [line for line in said if line.endswith((': ok', 'reached'))]
    assert len(checks) == 6 and checks[0].startswith('swap test: ')
    found = read_json(root / 'out/checks.json')
    assert found['seeds'] == [3] and len(found['checks']) == 6
    said = output_of_tool(
        *(monkeypatch, capsys, root, TOOL),
        *words('--seeds', '3', '--tables', 'zero', '--page', 'page.md'),
    )
    text = (root / 'out/selfshot.md').read_text()
    assert text in said and f'- check on other seeds: {checks[0]}' in text
    assert '| 5 black clips | ' in text and 'seeds 3: AP50' in text
    assert f'<!-- selfshot -->\n{text}<!--' in (root / 'page.md').read_text()
    content = json.loads((root / 'out/selfshot.json').read_text())
    (table,) = content['tables']
    cell = table['lines'][1]['cells'][0]
    assert cell['trial'] == 'all/queries_oracle_5_zeros'
    assert 0 <= cell['mean'] <= 1 and cell['num_queries'] == 2
    assert content['cpu_hours']['trainings'] == 0
    assert content['cpu_hours']['tests'] > 0
    assert len(content['commits']) == 1


def make_run(repo, root):
    weights = {'all': str(root / 'w.pth')}
    run = SelfShotRun(repo, root / 'out', 3, SMALLER, weights=weights)
    run.prepare()
    return run


def test_what_is_there_is_kept(repo, root):
    """As left by the checks; one lost file is made again, equal."""
    run = make_run(repo, root)
    kept, lost = Trial(), Trial(supports='random')
    before = run.result_file(kept).stat().st_mtime_ns
    rows = run.rows(lost)
    run.result_file(lost).unlink()
    run.test([kept, lost])
    assert run.result_file(kept).stat().st_mtime_ns == before
    assert run.rows(lost) == rows
    content = read_json(run.result_file(lost))
    assert content['config'] == CONFIG and content['protocol'] == 'paper'
    assert len(content['checkpoint']) == 64


def test_all_modes_run_on_one_world(repo, root):
    run = make_run(repo, root)
    trials = [
        Trial(k=1, mode='spatial_segments'),
        Trial(k=1, mode='middle_frame'),
        Trial(supports='none', k=0),
        Trial(k=1, labels='multi'),
    ]
    run.test(trials)
    for trial in trials:
        assert len(run.rows(trial)) == 2
        assert all(len(row.scores) == 2 for row in run.rows(trial))


@pytest.mark.parametrize(
    ('more', 'message'),
    [
        (('--tables', '7'), "no table '7'; expected some of summary, 1, 3"),
        (('--weights', 'some=w.pth'), "no training 'some'; expected one of"),
        (('--drawn', '4=world'), 'a world is given for seed 4, which is not'),
        (('--drawn', '5=gone'), 'gone holds no finished ToyVIS world; make'),
        (('--num-queries', '0'), '--num-queries 0; expected 1 or more'),
        (
            ('--drawn', '5=world', '--weights', 'all=gone{seed}.pth'),
            'no checkpoint gone5.pth; check the path',
        ),
    ],
)
def test_mistakes_of_users(monkeypatch, capsys, root, more, message):
    line = mistake_of_tool(
        *(monkeypatch, capsys, root, TOOL),
        *('--out', 'bad', '--seeds', '5', *more),
    )
    assert message in line


def test_another_world_does_not_take_the_place_of_one(repo, root):
    other = root / 'other'
    other.mkdir()
    write_json(other / 'world.json', {'is_finished': True})
    run = SelfShotRun(repo, root / 'out', 3, SMALLER, drawn=other)
    with pytest.raises(UserError, match='holds a world already, which is not'):
        run.prepare()
