"""What an index says of its pool and encoder."""

import pytest
from tiny_index import some_index

from mmselfshot.apis.index_origin import encoder_of, pool_of, write_origin
from mmselfshot.utils import UserError

CFG = dict(model=dict(type='Retriever', encoder=dict(type='A', size=(2, 3))))


def test_pool_and_encoder_come_back(tmp_path, monkeypatch):
    some_index(tmp_path / 'index', 1)
    (tmp_path / 'a.pth').write_bytes(b'weights')
    monkeypatch.chdir(tmp_path)
    write_origin('index', 'pool.csv', None, CFG, 'a.pth')
    monkeypatch.chdir('/')
    index = tmp_path / 'index'
    assert pool_of(index) == str(tmp_path / 'pool.csv')
    cfg, checkpoint = encoder_of(index)
    assert cfg == {'model': {'encoder': {'type': 'A', 'size': [2, 3]}}}
    assert checkpoint == str(tmp_path / 'a.pth')
    write_origin(index, 'pool.csv', None, CFG, 'none')
    assert encoder_of(index)[1] == 'none'


def test_index_without_an_encoder_says_what_to_give(tmp_path):
    index = tmp_path / 'index'
    with pytest.raises(UserError, match='no index in'):
        encoder_of(index)
    some_index(index, 1)
    assert pool_of(index) is None
    with pytest.raises(UserError, match='--encoder CONFIG CHECKPOINT'):
        encoder_of(index)
    (tmp_path / 'a.pth').write_bytes(b'weights')
    write_origin(index, 'pool', None, CFG, tmp_path / 'a.pth')
    (tmp_path / 'a.pth').unlink()
    with pytest.raises(UserError, match=r'a\.pth, which is not there'):
        encoder_of(index)
