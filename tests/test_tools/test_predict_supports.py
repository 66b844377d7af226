"""tools/predict.py with supports, as users call it."""

import json

import pytest
import torch
from mmengine.config import Config
from PIL import Image
from tiny_pool import grey, noise, write_film, write_folder
from tiny_prediction import moving_squares, write_frames, write_model
from tiny_selfshot import shrink
from tiny_selfshot_files import write_selfshot
from tiny_wilful import write_retriever_config
from tool_here import mistake_of_tool, output_of_tool

from mmselfshot.apis.pool_index import run_index_tool
from mmselfshot.registry import MODELS


@pytest.fixture(scope='module')
def place(tmp_path_factory):
    """A query, a pool of three videos, its index, configs, weights."""
    root = tmp_path_factory.mktemp('predict_supports')
    for number in range(3):
        write_film(root / 'pool' / f'{number}.mp4', noise(number))
    write_retriever_config(root / 'encoder.py')
    write_retriever_config(root / 'other.py', seed=1)
    index_pool_of(root, root)
    write_frames(root / 'query', moving_squares(4))
    write_folder(root / 'cat', noise(9))
    (root / 'text.mp4').write_text('no video')
    (root / 'empty').mkdir()
    write_selfshot(root / 'net')
    write_model(root / 'minvis')
    return root


def index_pool_of(place, folder):
    run_index_tool(
        place / 'encoder.py',
        checkpoint='none',
        pool=folder / 'pool',
        out=folder / 'index',
        device='cpu',
        say=list,
    )


NET = ('net/tiny.py', 'net/tiny0.pth')
QUERY = ('query', '--out', 'out', '--device', 'cpu', '--score-thr', '0.05')


def test_supports_come_from_the_pool_by_themselves(place, monkeypatch, capsys):
    words = (*NET, *QUERY, '--pool', 'index', '--num-supports', 2)
    out = output_of_tool(monkeypatch, capsys, place, 'predict.py', *words)
    (line,) = [one for one in out.splitlines() if 'supports' in one]
    assert line.startswith('query: supports ') and line.count('.mp4 (') == 2
    assert '1 of 1 videos are in out' in out
    again = output_of_tool(monkeypatch, capsys, place, 'predict.py', *words)
    assert 'kept as it was' in again


def test_given_and_no_supports(place, monkeypatch, capsys):
    words = (*NET, *QUERY, '--supports', 'cat', 'pool/1.mp4')
    out = output_of_tool(monkeypatch, capsys, place, 'predict.py', *words)
    assert 'query: supports cat, 1\n' in out
    words = (*NET, *QUERY, '--no-supports')
    out = output_of_tool(monkeypatch, capsys, place, 'predict.py', *words)
    assert 'query: supports none\n' in out


def test_image_is_segmented_by_images_with_a_config_of_coco(
    repo, monkeypatch, capsys, tmp_path
):
    """The paper's Table 12; the network has slots for one frame."""
    cfg = Config.fromfile(repo / 'configs/selfshot/selfshot_coco_split1.py')
    shrink(cfg.model)
    cfg.dump(tmp_path / 'coco.py')
    weights = dict(state_dict=MODELS.build(cfg.model).state_dict())
    torch.save(weights, tmp_path / 'coco.pth')
    for name, image in zip('abc', noise(0)):
        Image.fromarray(image).save(tmp_path / f'{name}.png')
    words = ('coco.py', 'coco.pth', 'a.png', *QUERY[1:])
    words = (*words, '--supports', 'b.png', 'c.png')
    out = output_of_tool(monkeypatch, capsys, tmp_path, 'predict.py', *words)
    assert 'a: supports b, c\n' in out
    assert '1 of 1 videos are in out' in out
    entries = json.loads((tmp_path / 'out/results.json').read_text())
    assert len(entries) > 0
    for entry in entries:
        assert entry['supports'] == ['b', 'c']
        assert len(entry['segmentations']) == 1


def test_pool_of_the_query_alone_gives_a_result_without_supports(
    place, tmp_path, monkeypatch, capsys
):
    write_film(tmp_path / 'pool' / '0.mp4', noise(0))
    index_pool_of(place, tmp_path)
    net = [place / one for one in NET]
    words = (*net, 'pool/0.mp4', *QUERY[1:], '--pool', 'index')
    out = output_of_tool(monkeypatch, capsys, tmp_path, 'predict.py', *words)
    assert out.count('no support found') == 1
    assert 'supports none' not in out and 'no nearer' not in out
    entries = json.loads((tmp_path / 'out/results.json').read_text())
    assert [one['supports'] for one in entries] == [[]] * len(entries)
    assert '1 of 1 videos are in out' in out


def test_prediction_is_kept_until_a_left_out_clip_can_be_read(
    place, tmp_path, monkeypatch, capsys
):
    for number in range(3):
        write_film(tmp_path / 'pool' / f'{number}.mp4', noise(number))
    index_pool_of(place, tmp_path)
    net = [place / one for one in NET]
    words = (*net, place / 'query', *QUERY[1:], '--pool', 'index')

    def predict(*more):
        where = monkeypatch, capsys, tmp_path, 'predict.py'
        return output_of_tool(*where, *words, *more)

    (tmp_path / 'pool').rename(tmp_path / 'moved')
    kept = tmp_path / 'part' / '0.mp4'
    write_film(kept, noise(0))
    out = predict('--pool-videos', 'part')
    assert out.count('is left out') == 2 and 'supports 0.mp4 (' in out
    assert 'kept as it was' in predict('--pool-videos', 'part')
    (tmp_path / 'part' / '2.mp4').write_text('no video')
    assert 'kept as it was' in predict('--pool-videos', 'part')
    write_film(tmp_path / 'part' / '2.mp4', noise(2))
    out = predict('--pool-videos', 'part')
    assert 'it is made anew' in out and out.count('is left out') == 1
    out = predict('--pool-videos', 'moved')
    assert 'it is made anew' in out and 'is left out' not in out
    assert 'kept as it was' in predict('--pool-videos', 'moved')


def test_query_without_usable_supports_does_not_end_the_others(
    place, tmp_path, monkeypatch, capsys
):
    """Of the pool's two sources only one is there; one query is white."""
    for number in (0, 1):
        write_film(tmp_path / 'pool' / f'{number}.mp4', noise(number))
    index_pool_of(place, tmp_path)
    (tmp_path / 'pool' / '1.mp4').unlink()
    write_film(tmp_path / 'in' / '0.mp4', noise(0))  # finds 1 alone
    write_film(tmp_path / 'in' / '1.mp4', noise(1))  # finds 0 alone
    write_folder(tmp_path / 'in' / 'white', [grey(255)] * 3)
    net = [place / one for one in NET]
    words = (*net, 'in', *QUERY[1:], '--pool', 'index')
    tool = 'predict.py'
    out = output_of_tool(monkeypatch, capsys, tmp_path, tool, *words, status=1)
    assert '1 of 3 videos are in out, 2 failed' in out
    assert '1: supports 0.mp4 (' in out
    assert 'none of the 1 clips found for in/0.mp4 can be read' in out
    assert 'the vector of in/white is zero or not finite' in out
    assert (tmp_path / 'out' / '1' / 'results.json').is_file()


@pytest.mark.parametrize(
    ('words', 'said'),
    [
        ((*NET, *QUERY), 'give --pool INDEX, --supports VIDEOS or --no-supp'),
        ((*NET, *QUERY, '--supports', 'gone.mp4'), 'support gone.mp4: no '),
        ((*NET, *QUERY, '--supports', 'text.mp4'), 'cannot be read as a'),
        ((*NET, *QUERY, '--supports', 'empty'), 'support empty: nothing to'),
        ((*NET, *QUERY, '--pool', 'empty'), 'no index in empty'),
        (
            (*NET, *QUERY, '--pool', 'index', '--encoder', 'other.py', 'none'),
            'was made by encoder',
        ),
        (
            (*NET, *QUERY, '--pool', 'index', '--pool-videos', 'query'),
            'none of the 3 clips found for query can be read in query',
        ),
        (
            (*NET, *QUERY, '--pool', 'index', '--no-supports'),
            'leave out one of them',
        ),
        ((*NET, *QUERY, '--encoder', 'a', 'b'), 'belong to --pool INDEX'),
        (
            ('minvis/tiny.py', 'minvis/tiny0.pth', *QUERY, '--pool', 'index'),
            'builds MinVIS, which takes no supports; leave out --pool',
        ),
        (
            (*NET, 'gone.mp4', *QUERY[1:], '--supports', 'cat'),
            'no file or folder gone.mp4',
        ),
        (
            (*NET, 'empty', *QUERY[1:], '--supports', 'cat'),
            'nothing to read in empty',
        ),
        (
            (*NET, 'text.mp4', *QUERY[1:], '--supports', 'cat'),
            'text.mp4 cannot be read as a video',
        ),
        (
            (*NET, 'text.mp4', *QUERY[1:], '--pool', 'index'),
            'text.mp4 cannot be read as a video',
        ),
    ],
)
def test_mistakes_are_one_line(place, monkeypatch, capsys, words, said):
    line = mistake_of_tool(monkeypatch, capsys, place, 'predict.py', *words)
    assert said in line
