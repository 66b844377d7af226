"""The split as a user makes it."""

import json
import runpy
import sys

import pytest
from tiny_videos import make_content


@pytest.fixture
def run(repo, monkeypatch, capsys):
    """Run the tool in this process: its exit status, stdout and stderr."""

    def run_tool(*args):
        tool = str(repo / 'tools' / 'dataset_tools' / 'split_videos.py')
        monkeypatch.setattr(sys, 'argv', [tool, *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(tool, run_name='__main__')
        return ended.value.code, *capsys.readouterr()

    return run_tool


def write(folder):
    content = make_content()
    for number in range(20, 26):
        video = dict(content['videos'][0], id=number)
        video['file_names'] = [f'v{number}/{i}.png' for i in range(4)]
        content['videos'].append(video)
    path = folder / 'train.json'
    path.write_text(json.dumps(content))
    return path, content


def test_parts_are_written_beside_and_add_up(run, tmp_path):
    path, content = write(tmp_path)
    status, out, err = run(path, '--held-out', '0.25')
    assert status == 0, err
    kept = json.loads((tmp_path / 'train_train.json').read_text())
    held = json.loads((tmp_path / 'train_heldout.json').read_text())
    assert len(held['videos']) == 2
    ids = [{one['id'] for one in part['videos']} for part in (kept, held)]
    assert not ids[0] & ids[1]
    assert ids[0] | ids[1] == {one['id'] for one in content['videos']}
    for key in ('categories', 'info'):
        assert kept[key] == held[key] == content[key]
    by_id = [
        {one['id']: one for one in part['annotations']}
        for part in (kept, held)
    ]
    assert {**by_id[0], **by_id[1]} == {
        one['id']: one for one in content['annotations']
    }
    assert '8 videos' in out
    assert 'Giant_panda' in out

    again = tmp_path / 'again'
    assert run(path, '--held-out', '0.25', '--out-dir', again)[0] == 0
    for name in ('train_train.json', 'train_heldout.json'):
        assert (again / name).read_bytes() == (tmp_path / name).read_bytes()


def test_mistakes_are_one_line_and_leave_nothing(run, tmp_path):
    path, _ = write(tmp_path)
    for args in ((path, '--held-out', '1.5'), (tmp_path / 'none.json',)):
        status, _, err = run(*args)
        assert status == 2
        assert err.startswith('error: ')
        assert err.count('\n') == 1
    assert [one.name for one in tmp_path.iterdir()] == ['train.json']
