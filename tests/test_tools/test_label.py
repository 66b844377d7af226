"""tools/label.py as a user starts it: killed, shared, mistaken."""

import os
import subprocess
import sys

import pytest
from tiny_run import REPO, free_port, run_tool
from toy_labelling import write_colour_config, write_colour_videos

from mmselfshot.datasets import LabelFile


@pytest.fixture(scope='module')
def place(tmp_path_factory):
    """A config, five videos, one of them broken, and the unbroken run."""
    root = tmp_path_factory.mktemp('label')
    write_colour_config(root / 'colour.py', window=1)
    write_colour_videos(root / 'videos', num_videos=5)
    (root / 'videos/v4/00000.png').write_bytes(b'broken')
    done = label(root, 'one.json')
    assert done.returncode == 1, done.stderr
    assert 'cannot label v4' in done.stdout
    return root


def label(root, out, *options, **environ):
    return run_tool(
        'label.py',
        'colour.py',
        'videos',
        '--out',
        out,
        *options,
        cwd=root,
        **environ,
    )


def content(root, out):
    return (root / out).read_bytes()


def test_killed_run_goes_on_to_the_same_file(place):
    """Killed in the third of three frames of the second video."""
    killed = label(place, 'killed.json', DIE_AFTER_CALLS='5')
    assert killed.returncode == -9
    shards = sorted((place / 'killed.candidates').glob('*.npz'))
    assert [path.name for path in shards] == ['v1.npz']
    assert not (place / 'killed.json').exists()
    before = shards[0].stat().st_mtime_ns
    again = label(place, 'killed.json')
    assert '1 of 5 are finished already' in again.stdout
    assert content(place, 'killed.json') == content(place, 'one.json')
    assert shards[0].stat().st_mtime_ns == before
    for path in (place / 'one.candidates').glob('*.npz'):
        same = place / 'killed.candidates' / path.name
        assert same.read_bytes() == path.read_bytes()


@pytest.mark.dist
def test_two_processes_give_the_file_of_one(place):
    """Under the launcher; the broken video belongs to either of them."""
    done = subprocess.run(
        [
            *(sys.executable, '-m', 'mmselfshot.utils.torchrun'),
            *('--nproc-per-node', '2', '--master-port', free_port()),
            *(str(REPO / 'tools/label.py'), 'colour.py', 'videos'),
            *('--out', 'two.json'),
        ],
        cwd=place,
        env={
            **os.environ,
            'PYTHONPATH': str(REPO / 'tests'),
            'OMP_NUM_THREADS': '1',
        },
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert content(place, 'two.json') == content(place, 'one.json'), (
        done.stdout + done.stderr
    )
    assert done.stdout.count('cannot label v4') == 1
    assert done.stdout.count('labels of 4 of 5 videos') == 1


@pytest.mark.dist
def test_own_processes_give_the_file_of_one(place):
    done = label(place, 'own.json', '--processes', 2)
    assert done.returncode == 1, done.stderr
    assert content(place, 'own.json') == content(place, 'one.json')
    assert done.stdout.count('cannot label v4') == 1


def test_mistake_is_one_line(place):
    done = label(
        place, 'x.json', '--cfg-options', 'labelling.classes=[red,red]'
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("error: classes 'red'")
    assert 'Traceback' not in done.stderr


def test_sweep_needs_no_frame(place):
    """The true labels are those of the unbroken run, so all is right."""
    done = run_tool(
        'analysis_tools/sweep_filters.py',
        *('colour.py', 'one.json', '--clip-thr', 0.5, 0.99999999, 'off'),
        *('--truth', 'one.json', '--out', 'rows.json'),
        cwd=place,
    )
    assert done.returncode == 0, done.stderr
    header, kept, *_ = done.stdout.splitlines()[1:]
    assert header.split()[:3] == ['clip_thr', 'kept', 'labelled_frames']
    number = sum(
        map(len, LabelFile.load(place / 'one.json').annotations.values())
    )
    assert kept.split()[:2] == ['0.500', str(number)]
    assert kept.split()[3:5] == ['1.000', '1.000']
