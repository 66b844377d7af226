"""Of several processes, one prints a user's mistake."""

import os
import subprocess
import sys

import pytest
import torch

from mmselfshot.utils import ranks


def test_a_lone_process_prints():
    os.environ.pop('WORLD_SIZE', None)
    assert ranks.is_mine_to_print()
    assert not ranks.is_aftermath()


def test_before_they_are_connected_the_others_wait(monkeypatch):
    waits = []
    monkeypatch.setattr(ranks.time, 'sleep', waits.append)
    os.environ.update(WORLD_SIZE='2', RANK='0')
    assert ranks.is_mine_to_print()
    assert waits == []
    os.environ['RANK'] = '1'
    assert ranks.is_mine_to_print()
    assert waits == [5.0]


def test_connected_the_first_prints_and_the_others_know(tmp_path):
    store = torch.distributed.FileStore(str(tmp_path / 'store'), 1)
    torch.distributed.init_process_group(
        'gloo', store=store, rank=0, world_size=1
    )
    os.environ.update(WORLD_SIZE='2', RANK='0')
    assert not ranks.is_aftermath()
    assert ranks.is_mine_to_print()
    assert not ranks.is_mine_to_print()
    assert ranks.is_aftermath()


CONNECTED = """
import atexit, sys
from mmselfshot.utils import UserError, run_tool

class Teardown:
    def __del__(self):
        sys.stderr.write('the interpreter is taken down')

def main():
    from torch import distributed
    store = distributed.FileStore(sys.argv[1], 1)
    distributed.init_process_group('gloo', store=store, rank=0, world_size=1)
    atexit.register(print, 'at the end')
    distributed.teardown = Teardown()
    if sys.argv[2] == '2':
        raise UserError('a mistake')
    return int(sys.argv[2])

run_tool(main)
"""


@pytest.mark.parametrize('status', [0, 1, 2])
def test_a_connected_process_is_not_taken_down(tmp_path, status):
    """While it is, threads of gloo would abort it now and then."""
    done = subprocess.run(
        [sys.executable, '-c', CONNECTED, tmp_path / 'store', str(status)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == status
    assert done.stdout == 'at the end\n'
    assert 'taken down' not in done.stderr
    assert ('error: a mistake' in done.stderr) == (status == 2)
