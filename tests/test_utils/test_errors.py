"""Places that cannot be written to are one line; what is ours is not."""

import errno
import os
import resource

import pytest

from mmselfshot.retrieval.clip_table import ClipTable
from mmselfshot.utils import UserError, run_tool
from mmselfshot.utils.video_io import VideoError


@pytest.mark.parametrize(
    'number', [errno.ENOSPC, errno.EROFS, errno.ENOTDIR, errno.EDQUOT]
)
def test_a_place_that_cannot_be_written_to_is_one_line(number, capsys):
    def main():
        raise OSError(number, os.strerror(number), 'out/a.json')

    with pytest.raises(SystemExit) as ended:
        run_tool(main)
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        f'error: out/a.json: {os.strerror(number)}; choose another place, or '
        'make room\n'
    )


def test_a_folder_that_is_a_file_is_one_line(tmp_path, capsys):
    (tmp_path / 'notes').write_text('a file')

    def main():
        (tmp_path / 'notes' / 'more').mkdir()

    with pytest.raises(SystemExit):
        run_tool(main)
    line = f'error: {tmp_path}/notes/more: Not a directory; choose another'
    assert capsys.readouterr().err.startswith(line)


@pytest.mark.parametrize('kind', [UserError, VideoError])
def test_a_mistake_in_a_worker_is_its_line_alone(kind):
    """torch makes the error again, of the text of its traceback."""
    text = f'Caught {kind.__name__} in DataLoader worker process 0.\n'
    text += 'Original Traceback (most recent call last):\n    a ^^^\n'
    name = f'mmselfshot.utils.somewhere.{kind.__name__}'
    assert str(kind(f'{text}{name}: no video v; look\n')) == 'no video v; look'


def test_other_errors_keep_their_traceback(tmp_path):
    with pytest.raises(FileNotFoundError):
        run_tool(lambda: (tmp_path / 'gone').read_text())


def test_a_table_without_room_is_one_line(tmp_path):
    """The limit on the size of a file stands for a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(UserError, match='cannot be used'):
            ClipTable.create(tmp_path / 'clips.sqlite', {'a': 'b'})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list(tmp_path.iterdir())
