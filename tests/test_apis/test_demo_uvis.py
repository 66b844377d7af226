"""The demo and the ladder of UVIS, whole but tiny."""

import hashlib

import pytest
import torch
from tiny_uvis import OPTIONS, WORLD, label_options

from mmselfshot.apis.demo_uvis import run_uvis_demo
from mmselfshot.apis.toy_steps import ToySteps
from mmselfshot.apis.uvis_ladder import ROWS, run_ladder
from mmselfshot.utils import read_json

CONFIG = 'configs/uvis/uvis_toyvis.py'

pytestmark = pytest.mark.slow


@pytest.fixture(scope='module')
def demo(repo, tmp_path_factory):
    out = tmp_path_factory.mktemp('demo')
    options = (*label_options(out), *OPTIONS)
    record = run_uvis_demo(repo, out, CONFIG, 1, WORLD, options)
    return out, record, options


def weights_hash(folder) -> str:
    checkpoint = torch.load(folder / 'iter_2.pth', weights_only=False)
    digest = hashlib.sha256()
    for name, value in sorted(checkpoint['state_dict'].items()):
        digest.update(name.encode() + value.numpy().tobytes())
    return digest.hexdigest()


def test_demo_leaves_numbers_films_and_a_page(demo):
    out, record, _ = demo
    assert read_json(out / 'demo.json')['scores'] == record['scores']
    assert set(record['scores']) == {'without memory', 'UVIS'}
    assert set(record['labels']) == {'raw', 'score', 'memory'}
    assert all((out / f'films/{n}.mp4').is_file() for n in (1, 2, 3))
    page = (out / 'page.html').read_text()
    assert page.count('data:image/png;base64,') == 3
    assert 'identity switches per track' in page
    assert (out / 'candidates.html').is_file()


def test_no_annotation_file_takes_part(demo, repo, tmp_path):
    """Neither there to be read nor missed; the same weights."""
    out, _, options = demo
    steps = ToySteps(repo, tmp_path)
    steps.make_world(num_workers=1, **read_json_options(out))
    for name in ('train.json', 'val.json', 'split.json'):
        (steps.world / name).unlink()
    labels = steps.world / 'uvis_pseudo.json'
    # labels are missing: tools/train.py makes them
    steps.train(CONFIG, 'uvis', labels, options)
    assert (
        labels.read_bytes()
        == (out / 'data/toyvis/uvis_pseudo.json').read_bytes()
    )
    assert weights_hash(tmp_path / 'uvis') == weights_hash(out / 'uvis')


def read_json_options(out) -> dict:
    """All options of the demo's world, kinds left to the level."""
    options = read_json(out / 'data/toyvis/world.json')['options']
    return {key: value for key, value in options.items() if key != 'kinds'}


def test_ladder_makes_every_row_and_is_done_once(repo, tmp_path, capsys):
    arguments = dict(
        seeds=[10],
        options=OPTIONS,
        label_options=label_options(tmp_path),
        world=WORLD,
        num_draws=10,
    )
    content = run_ladder(repo, tmp_path, **arguments)
    assert list(content['rows']) == list(ROWS)
    assert (tmp_path / 'ladder.md').read_text().count('\n| ') > len(ROWS)
    times = {
        path: path.stat().st_mtime_ns for path in tmp_path.rglob('iter_2.pth')
    }
    assert len(times) == 4
    capsys.readouterr()
    assert run_ladder(repo, tmp_path, **arguments)['rows'] == content['rows']
    assert times == {path: path.stat().st_mtime_ns for path in times}
    assert 'train_supervised is there already' in capsys.readouterr().out
