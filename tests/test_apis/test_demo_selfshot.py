"""The demo of Self-Shot VIS, whole but tiny."""

import pytest
from fewshot_worlds import TINY
from tool_here import mistake_of_tool

from mmselfshot.apis.demo_selfshot import COLUMNS, run_selfshot_demo
from mmselfshot.utils import read_json

WORLD = TINY | {'num_train': 24}  # two of each seen kind
NETWORK = [
    *('max_iters=2', 'train_cfg.max_iters=2', 'model.num_slots=2'),
    *('model.decoder.num_layers=1', 'train_dataloader.batch_size=2'),
    *(
        'train_dataloader.num_workers=0',
        'train_dataloader.persistent_workers=False',
    ),
]
RETRIEVER = [
    *('max_iters=2', 'train_cfg.max_iters=2', 'train_dataloader.batch_size=4'),
    *(
        'train_dataloader.num_workers=0',
        'train_dataloader.persistent_workers=False',
    ),
]


@pytest.fixture(scope='module')
def run(repo):
    return lambda out: run_selfshot_demo(
        repo, out, WORLD, NETWORK, RETRIEVER, num_queries=2
    )


@pytest.fixture(scope='module')
def demo(run, tmp_path_factory):
    out = tmp_path_factory.mktemp('demo')
    return out, run(out)


@pytest.mark.slow
def test_demo_leaves_numbers_films_and_a_page(demo):
    out, record = demo
    assert read_json(out / 'demo.json') == record
    assert set(record['scores']) == set(COLUMNS)
    for name, score in record['scores'].items():
        assert score['num_queries'] == 2
        assert 0 <= score['ap50'] <= 1 and 0 <= score['right'] <= 1, name
    assert record['scores']['no support']['right'] == 0
    page = (out / 'page.html').read_text()
    assert page.count('data:image/png;base64,') == 2
    assert len(record['films']) == 2
    for film in record['films']:
        assert film.endswith('film.mp4')
        film = film.removeprefix(f'{out}/')
        assert (out / film).is_file() and f'href="{film}"' in page


@pytest.mark.slow
def test_oracles_all_show_the_kind(demo):
    assert demo[1]['scores']['5 oracle']['right'] == 1


@pytest.mark.slow
def test_what_is_there_is_kept(demo, run, capsys):
    out, record = demo
    times = {path: path.stat().st_mtime_ns for path in out.rglob('iter_2.pth')}
    assert len(times) == 2
    assert run(out)['scores'] == record['scores']
    assert times == {path: path.stat().st_mtime_ns for path in times}


def test_another_config_is_refused(monkeypatch, capsys, tmp_path):
    said = mistake_of_tool(
        *(monkeypatch, capsys, tmp_path, 'demo.py', '--system', 'selfshot'),
        *('--config', 'configs/minvis/minvis_toyvis.py'),
    )
    assert said.startswith(
        'error: --config with --system selfshot, whose demo is '
    )
