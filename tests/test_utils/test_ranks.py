"""Of several processes, one prints a user's mistake."""

import os

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
