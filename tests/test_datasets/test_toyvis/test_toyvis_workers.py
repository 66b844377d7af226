"""Jobs in several processes."""

import os
import signal
import subprocess
import sys
import time

import pytest

from mmselfshot.datasets.toyvis.workers import run_jobs
from mmselfshot.utils import UserError

ENDLESS = """
import sys, time
from mmselfshot.datasets.toyvis.workers import run_jobs

def wait(path):
    import os
    open(path, 'w').write(str(os.getpid()))
    time.sleep(60)

run_jobs(wait, sys.argv[1:], 2, '', False)
"""

AFTER_THREADS = """
import sys
import cv2
import numpy as np
from mmselfshot.datasets.toyvis.workers import run_jobs

def touch(path):
    open(path, 'w').close()

cv2.setNumThreads(4)
picture = np.zeros((2000, 2000, 3), np.uint8)
for _ in range(3):
    cv2.GaussianBlur(picture, (9, 9), 2)
run_jobs(touch, sys.argv[1:], 2, '', False)
assert cv2.getNumThreads() == 4
"""


def touch(path):
    path.touch()


def fail(path):
    if path.name == '1':
        raise UserError('no such star; look up')
    path.touch()


@pytest.mark.parametrize('num_workers', [1, 2, 9])
def test_every_job_is_done(tmp_path, num_workers):
    jobs = [tmp_path / str(k) for k in range(5)]
    run_jobs(touch, jobs, num_workers, 'touch', show_progress=False)
    assert sorted(tmp_path.iterdir()) == jobs


def test_no_job_is_no_work():
    run_jobs(touch, [], 2, 'nothing', show_progress=False)


@pytest.mark.parametrize('num_workers', [1, 2])
def test_error_of_a_worker_arrives_as_it_is(tmp_path, num_workers):
    jobs = [tmp_path / str(k) for k in range(3)]
    with pytest.raises(UserError, match=r'^no such star; look up$'):
        run_jobs(fail, jobs, num_workers, 'fail', show_progress=False)


def test_workers_start_where_opencv_has_threads(tmp_path):
    """A forked worker cannot end its parent's threads: it would wait."""
    paths = [tmp_path / str(k) for k in range(4)]
    subprocess.run(
        [sys.executable, '-c', AFTER_THREADS, *map(str, paths)],
        check=True,
        timeout=60,
    )
    assert sorted(tmp_path.iterdir()) == paths


def test_bar_names_the_work(tmp_path, capfd):
    run_jobs(touch, [tmp_path / 'a'], 1, 'making stars')
    assert 'making stars: 100%' in capfd.readouterr().err


@pytest.mark.dist
def test_workers_end_when_the_parent_is_killed(tmp_path):
    script = tmp_path / 'endless.py'
    script.write_text(ENDLESS)
    paths = [tmp_path / 'a', tmp_path / 'b']
    parent = subprocess.Popen([sys.executable, script, *paths])
    wait_until(lambda: all(p.exists() and p.read_text() for p in paths), 60)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    pids = [int(path.read_text()) for path in paths]
    wait_until(lambda: not any(is_running(pid) for pid in pids), 20)


def wait_until(is_so, seconds):
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.1)


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        with open(f'/proc/{pid}/stat') as file:
            return file.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except FileNotFoundError:
        return False
