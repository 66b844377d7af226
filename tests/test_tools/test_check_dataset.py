"""The check as a user runs it."""

import runpy
import sys

import pytest
from tiny_videos import make_content, write_video_set


@pytest.fixture
def run(repo, monkeypatch, capsys):
    """Run the tool in this process: its exit status, stdout and stderr."""

    def run_tool(*args):
        tool = str(repo / 'tools' / 'dataset_tools' / 'check_dataset.py')
        monkeypatch.setattr(sys, 'argv', [tool, *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(tool, run_name='__main__')
        return ended.value.code, *capsys.readouterr()

    return run_tool


CONFIG = """
dataset = dict(
    ann_file='labels.json', data_root={root!r}, data_prefix=dict(img='frames')
)
train_dataloader = dict(dataset=dataset)
"""


def test_sound_config_ends_with_0(run, tmp_path):
    write_video_set(tmp_path)
    config = tmp_path / 'config.py'
    config.write_text(CONFIG.format(root=str(tmp_path)))
    status, out, err = run(config)
    assert status == 0, err
    assert 'no defects' in out


def test_every_defect_is_listed_and_ends_with_1(run, tmp_path):
    content = make_content()
    content['annotations'][1]['id'] = 0
    content['annotations'][0]['segmentations'].pop()
    path = write_video_set(tmp_path, content)
    (tmp_path / 'frames' / 'wide' / '00003.png').unlink()
    status, out, err = run(path, '--images', tmp_path / 'frames')
    assert status == 1
    assert 'id 0: annotation 0' in out
    assert 'list length: video 2, annotation 11' in out
    assert 'missing frame: video 5' in out
    assert out.splitlines()[-1] == '3 defects'
    assert '2/2' in err  # the progress bar


def test_mistakes_are_one_line(run, tmp_path):
    path = write_video_set(tmp_path)
    cut = tmp_path / 'cut.json'
    cut.write_text(path.read_text()[:80])
    for args, found in (
        ((path,), '--images'),
        ((tmp_path / 'none.json', '--images', tmp_path), 'no file'),
        ((cut, '--images', tmp_path), 'not complete JSON'),
    ):
        status, _, err = run(*args)
        assert status == 2
        assert found in err
        assert 'Traceback' not in err
