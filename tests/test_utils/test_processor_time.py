"""Processor time of ended processes adds up in a file."""

import subprocess
import sys

import pytest

from mmselfshot.utils import UserError, read_json
from mmselfshot.utils.processor_time import count_processes


def work():
    code = 'import time\nwhile time.process_time() < 0.2: pass'
    subprocess.run([sys.executable, '-c', code], check=True)


def test_two_times_add_up_also_after_a_mistake(tmp_path):
    path = tmp_path / 'cpu.json'
    with count_processes(path):
        work()
    first = read_json(path)['cpu_seconds']
    assert 0.2 <= first < 1
    with pytest.raises(UserError), count_processes(path):
        work()
        raise UserError('it failed')
    assert first + 0.2 <= read_json(path)['cpu_seconds'] < first + 1
    with count_processes(path):
        pass
    assert read_json(path)['cpu_seconds'] < first + 1
