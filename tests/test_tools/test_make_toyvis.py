"""tools/dataset_tools/make_toyvis.py as a user starts it."""

import json
import subprocess
import sys

from tool_here import mistake_of_tool

TINY = [
    *('num_train=1', 'num_val=1', 'num_pool=0', 'num_stills_train=1'),
    *('num_davis_train=0', 'num_davis_val=0', 'num_stills_val=0'),
    *('height=40', 'width=56', 'num_frames=3', 'still_side=40'),
    *('min_size=12', 'max_size=20'),
]


def run(repo, folder, *args):
    tool = repo / 'tools/dataset_tools/make_toyvis.py'
    return subprocess.run(
        [sys.executable, tool, *args],
        cwd=folder,
        capture_output=True,
        text=True,
    )


def test_makes_a_world_from_another_folder(repo, tmp_path):
    ended = run(repo, tmp_path, 'w', '--seed', '3', '--option', *TINY)
    assert ended.returncode == 0, ended.stderr
    assert 'train: 1 made' in ended.stdout
    assert 'ToyVIS easy' in ended.stderr  # the progress bar
    world = json.loads((tmp_path / 'w/world.json').read_text())
    assert world['seed'] == 3 and world['options']['num_frames'] == 3
    labels = json.loads((tmp_path / 'w/train.json').read_text())
    (video,) = labels['videos']
    assert len(video['file_names']) == 3


def test_a_wrong_option_is_one_line(tmp_path, monkeypatch, capsys):
    line = mistake_of_tool(
        *(monkeypatch, capsys, tmp_path, 'dataset_tools/make_toyvis.py'),
        *('w', '--option', 'num_train'),
    )
    assert line == "error: --option 'num_train'; expected key=value"
    assert not (tmp_path / 'w').exists()
