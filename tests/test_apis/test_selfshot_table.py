"""The command on a tiny world, with weights that were not trained."""

import json
from pathlib import Path

import pytest
import torch
from fewshot_worlds import TINY, make_fewshot
from tool_here import mistake_of_tool, output_of_tool

from mmselfshot.apis.episode_tester import EpisodeTester
from mmselfshot.apis.selfshot_records import SeedRecords
from mmselfshot.apis.selfshot_run import CPU, SelfShotRun
from mmselfshot.apis.selfshot_table import (
    choose_tables,
    make_runs,
    run_selfshot_table,
)
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
    run = SelfShotRun(
        *(repo, root / 'out', 3, SMALLER),
        **dict(drawn=root / 'world', weights=weights),
    )
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


@pytest.mark.parametrize(
    ('trial', 'wanted', 'names'),
    [
        (Trial(k=3), dict(max_supports=3), 'queries_oracle'),
        (Trial(supports='random', k=1), dict(max_supports=1), 'random'),
        (
            Trial(mode='spatial_segments', k=2),
            dict(num_supports=2, support_mode='spatial_segments'),
            'queries_oracle',
        ),
        (Trial(labels='swap'), dict(ann_file='fewshot_swap.json'), 'swap'),
        # what a network without a fuser is given does not matter
        (Trial('all', 'none', 0), dict(max_supports=0), 'queries_oracle'),
    ],
    ids=['fewer', 'random', 'crops', 'swap', 'none'],
)
def test_a_test_is_of_what_its_trial_says(
    repo, root, monkeypatch, trial, wanted, names
):
    run, asked = make_run(repo, root), []
    make = EpisodeTester.dataset

    def dataset(self, **options):
        asked.append(options)
        return make(self, **options)

    monkeypatch.setattr(EpisodeTester, 'dataset', dataset)
    run.result_file(trial).unlink(missing_ok=True)
    run.test([trial])
    (options,) = asked
    assert {key: options[key] for key in wanted} == wanted
    assert options['support_mode'] == trial.mode
    assert names in Path(options['pairs']).stem
    assert options['ann_file'] == f'fewshot_{trial.labels}.json'


def test_tables_are_made_from_records_alone(repo, root):
    run, tables = make_run(repo, root), choose_tables(['zero'])
    trials = tables[0].trials
    tested = run_selfshot_table([run], root / 'out', tables)
    records = SeedRecords(
        *(repo, root / 'records', 3),
        *({'world': {}, 'num_queries': None}, SMALLER),
    )
    records.add({one: run.result(one) for one in trials}, {'all': 7200.0}, {})
    nowhere = root / 'nowhere'
    (fresh,) = make_runs(
        repo, nowhere, [3], records=root / 'records', options=SMALLER
    )
    found = run_selfshot_table([fresh], nowhere, tables)
    assert found['tables'] == tested['tables']
    assert found['commits'] == tested['commits']
    assert found['cpu_hours']['trainings'] == 2
    assert sorted(one.name for one in nowhere.iterdir()) == [
        *('selfshot.json', 'selfshot.md')
    ]


def test_a_record_of_something_else_does_not_count(repo, root):
    folder = root / 'some'
    key = repo, folder, 3, {'world': {}}, SMALLER
    records = SeedRecords(*key)
    found = {'queries': [{'scores': [0.1, 1.0]}]}
    records.add({Trial(): found}, {'all': 1.5}, {'queries_oracle': {'k': 5}})
    before = records.path.read_bytes()
    same = SeedRecords(*key)
    assert same.find(Trial())['queries'] == [{'scores': [0.1, 1]}]
    assert same.supports('queries_oracle') == {'k': 5}
    assert same.supports('queries_random') is None
    same.add({}, {}, {})
    assert records.path.read_bytes() == before
    assert same.training_seconds('all') == 1.5
    assert same.find(Trial(k=1)) is None
    for others in (
        (repo, folder, 3, {'world': {'scene_prob': 0.9}}, SMALLER),
        (repo, folder, 3, {'world': {}}, [*SMALLER, 'train_cfg.max_iters=2']),
        (repo, folder, 4, {'world': {}}, SMALLER),
        (repo, None, 3, {'world': {}}, SMALLER),
    ):
        assert SeedRecords(*others).find(Trial()) is None


class Trained(SelfShotRun):
    """A run whose training ended with weights that are given."""

    checkpoint = None

    def train(self, name):
        write_json(
            self.steps.out / f'train_{name}' / CPU, {'cpu_seconds': 1.0}
        )
        return self.checkpoint


def test_tests_of_two_networks_are_not_mixed(repo, root, capsys):
    """A seed is trained again, elsewhere, for a test that is missing."""
    one, none = Trial(k=1), Trial(supports='none', k=0)
    path = root / 'mixed_records'

    def recorded(weights, *trials):
        run = Trained(
            *(repo, root / 'mixed', 3, SMALLER),
            **dict(drawn=root / 'world', records=path),
        )
        run.checkpoint = root / weights
        run.prepare()
        run.test(trials)
        run.record(trials)
        again = SelfShotRun(repo, root / 'gone', 3, SMALLER, records=path)
        return [again.recorded(trial) for trial in (one, none)]

    assert recorded('w.pth', one)[1] is None
    first = recorded('w.pth', none)
    assert first[0]['checkpoint'] == first[1]['checkpoint']
    content = torch.load(root / 'w.pth')
    content['meta'] = {'iter': 1}
    torch.save(content, root / 'other.pth')
    assert recorded('other.pth', one, none) == first  # all is recorded
    assert 'another network' not in capsys.readouterr().out
    random = Trial(supports='random', k=1)
    found = recorded('other.pth', one, random)
    assert '2 recorded tests of all are of' in capsys.readouterr().out
    assert found[0]['checkpoint'] != first[0]['checkpoint']
    assert found[1] is None


def test_a_broken_record_is_refused(repo, tmp_path):
    (tmp_path / 'seed3.json.gz').write_bytes(b'no gzip')
    with pytest.raises(UserError, match='is no record of tests'):
        SeedRecords(repo, tmp_path, 3, {})


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
    args = repo, root / 'two', 3, SMALLER
    SelfShotRun(*args, drawn=root / 'world').prepare()
    run = SelfShotRun(*args, drawn=other)
    with pytest.raises(UserError, match='holds a world already, which is not'):
        run.prepare()
