"""tools/predict.py as a user starts it."""

import json
import os
import resource
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from tiny_prediction import (
    moving_squares,
    write_frames,
    write_model,
    write_video,
)

from mmselfshot.apis import check_masks

THR = '0.02'


@pytest.fixture(scope='module')
def model_files(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp('model'))


def command(repo, model_files, *arguments):
    tool = repo / 'tools' / 'predict.py'
    return [sys.executable, str(tool), *map(str, (*model_files, *arguments))]


def environ():
    return dict(os.environ, OMP_NUM_THREADS='1')


def start(repo, model_files, *arguments, cwd, **options):
    return subprocess.run(
        command(repo, model_files, *arguments),
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environ(),
        timeout=300,
        **options,
    )


def test_pool_with_a_bad_video_is_done_and_named(repo, model_files, tmp_path):
    pool = tmp_path / 'pool'
    write_frames(pool / 'clip', moving_squares(3))
    write_video(pool / 'film.mp4', moving_squares(4))
    (pool / 'text.mov').write_text('not a video')
    done = start(
        repo, model_files, 'pool', '--out', 'out', '--score-thr', THR,
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert 'text: failed' in done.stdout
    assert '2 of 3 videos are in out, 1 failed' in done.stdout
    assert 'Traceback' not in done.stderr
    assert '3/3 text' in done.stderr and '<' in done.stderr  # time left
    out = tmp_path / 'out'
    assert sorted(os.listdir(out)) == ['clip', 'film', 'results.json']
    assert check_masks(out / 'clip') == 3
    assert check_masks(out / 'film') == 4
    names = {
        e['video_name'] for e in json.loads((out / 'results.json').read_text())
    }
    assert names == {'clip', 'film'}


def test_bad_input_is_one_line_and_leaves_nothing(repo, model_files, tmp_path):
    text = tmp_path / 'text.mp4'
    text.write_text('not a video')
    done = start(repo, model_files, text, '--out', 'out', cwd=tmp_path)
    assert done.returncode == 2
    (line,) = [
        line for line in done.stderr.splitlines() if line.startswith('error')
    ]
    assert 'cannot be read as a video' in line
    assert 'Traceback' not in done.stderr
    assert not any(p.is_file() for p in (tmp_path / 'out').rglob('*'))


def test_full_disk_is_one_line_and_leaves_nothing(repo, model_files, tmp_path):
    """The process may write 20 kB per file; the film is larger."""
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 255, (96, 96, 3), np.uint8) for _ in range(6)]
    write_frames(tmp_path / 'noise', noise)
    done = start(
        repo, model_files, 'noise', '--out', 'out', '--score-thr', '0.9',
        cwd=tmp_path,
        preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_FSIZE, (20000, 20000)
        ),
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert 'error: no disk space left' in done.stderr
    assert 'Traceback' not in done.stderr
    assert os.listdir(tmp_path / 'out') == []


def test_ctrl_c_keeps_finished_videos_and_the_next_run_goes_on(
    repo, model_files, tmp_path
):
    pool = tmp_path / 'pool'
    write_frames(pool / 'a', moving_squares(2))
    write_video(pool / 'b.mp4', moving_squares(400))
    arguments = ('pool', '--out', 'out', '--score-thr', THR, '--no-png')
    process = subprocess.Popen(
        command(repo, model_files, *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environ(),
        # a shell that started the tests in the background ignores SIGINT
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    out = tmp_path / 'out'
    deadline = time.monotonic() + 200
    while not (out / 'a').is_dir() and time.monotonic() < deadline:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.05)
    time.sleep(0.5)  # the second video is being predicted
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert 'interrupted; run the same command again' in stderr
    assert 'Traceback' not in stderr
    assert os.listdir(out) == ['a']

    write_video(pool / 'b.mp4', moving_squares(3))  # a short one will do
    done = start(repo, model_files, *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert 'a: ' in done.stdout and 'kept as it was' in done.stdout
    assert sorted(os.listdir(out)) == ['a', 'b', 'results.json']


PROBE = """
import resource, runpy, sys
import mmselfshot.apis
import mmselfshot.engine.run_config
import mmselfshot.models
import mmselfshot.datasets

def memory(key):
    with open('/proc/self/status') as status:
        for line in status:
            if line.startswith(key):
                return int(line.split()[1])

before = memory('VmRSS')
tool, *sys.argv[1:] = sys.argv[1:]
sys.argv[0] = tool
try:
    runpy.run_path(tool, run_name='__main__')
finally:
    print('AFTER_IMPORT', memory('VmHWM') - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(
    not os.path.exists('/proc/self/status'), reason='needs Linux'
)
def test_memory_does_not_grow_with_the_length(repo, tmp_path):
    """600 frames at 360p take less than 1.3 times the memory of 60."""
    import torch
    from mmengine.config import Config
    from mmengine.registry import DefaultScope

    from mmselfshot.registry import MODELS

    config = repo / 'configs' / 'minvis' / 'minvis_toyvis.py'
    cfg = Config.fromfile(config)
    with DefaultScope.overwrite_default_scope('mmselfshot'):
        torch.manual_seed(0)
        model = MODELS.build(cfg.model)
    checkpoint = tmp_path / 'random.pth'
    torch.save(model.state_dict(), checkpoint)
    short = moving_squares(60, (360, 640))
    peaks = {}
    for length in (60, 600):
        path = write_video(
            tmp_path / f'{length}.mp4', short * (length // 60), fps=25
        )
        done = subprocess.run(
            [sys.executable, '-c', PROBE]
            + command(repo, (config, checkpoint), path)[1:]
            + ['--out', 'out', '--score-thr', '0.02'],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environ(),
        )
        assert done.returncode == 0, done.stderr
        (line,) = [
            line for line in done.stdout.splitlines() if 'AFTER' in line
        ]
        peaks[length] = int(line.split()[1])
        assert check_masks(tmp_path / 'out' / str(length)) == length
    print(f'peak memory after import in kB: {peaks}')
    assert peaks[600] < 1.3 * peaks[60], peaks
