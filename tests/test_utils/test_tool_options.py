"""Options that several tools have."""

import argparse

import pytest

from mmselfshot.utils import UserError
from mmselfshot.utils.tool_options import add_table_options, read_pairs


def test_pairs_are_taken_apart_at_the_first_sign():
    assert read_pairs(['a=1', 'b=c=d'], '--world') == {'a': '1', 'b': 'c=d'}
    with pytest.raises(UserError, match=r'--world num_train; .*NAME=VALUE'):
        read_pairs(['a=1', 'num_train'], '--world')


def test_options_of_tables():
    parser = argparse.ArgumentParser()
    add_table_options(parser, 'work_dirs/x')
    given = parser.parse_args(['--seeds', '3', '4', '--world', 'a=1'])
    assert (given.out, given.seeds) == ('work_dirs/x', [3, 4])
    assert given.world == ['a=1']
    assert parser.parse_args([]).seeds == [10, 11, 12]
