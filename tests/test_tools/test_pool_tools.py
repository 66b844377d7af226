"""index_pool.py and search_pool.py as a user starts them."""

import os
import subprocess
import sys

import pytest
from tiny_pool import noise, write_film, write_folder
from tiny_run import REPO, free_port, run_tool
from tiny_wilful import write_checkpoint, write_retriever_config

pytestmark = pytest.mark.dist
PATHS = f'{REPO}{os.pathsep}{REPO / "tests"}'


@pytest.fixture(scope='module')
def place(tmp_path_factory):
    """A config, seven clips, one of them broken, and the unbroken run."""
    root = tmp_path_factory.mktemp('pool_tools')
    write_retriever_config(root / 'config.py')
    write_checkpoint(root / 'last.pth', seed=3)
    for number in range(3):
        write_film(root / 'pool' / 'films' / f'{number}.mp4', noise(number))
        write_folder(root / 'pool' / f'frames{number}', noise(10 + number))
    (root / 'pool' / 'films' / 'bad.mp4').write_bytes(b'bad')
    write_film(root / 'query.mp4', noise(50))
    done = start(root, *command('one'))
    assert done.returncode == 1, done.stderr  # one is broken
    assert done.stdout.count('cannot index films/bad.mp4') == 1
    assert 'one: 6 clips; 6 added' in done.stdout
    return root


def command(out, workers=0):
    return (
        *('index_pool.py', 'config.py', 'last.pth', 'pool', '--out', out),
        *('--workers', workers, '--device', 'cpu'),
    )


def start(root, *words, **environ):
    """A tool with this checkout and the tests importable."""
    return run_tool(*words, cwd=root, PYTHONPATH=PATHS, **environ)


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_two_processes_make_the_index_of_one(place):
    tool, *rest = map(str, command('two'))
    done = subprocess.run(
        [
            *(sys.executable, '-m', 'mmselfshot.utils.torchrun'),
            *('--nproc-per-node', '2', '--master-port', free_port()),
            *(str(REPO / 'tools' / tool), *rest),
        ],
        cwd=place,
        env={
            **os.environ,
            'PYTHONPATH': PATHS,
            'OMP_NUM_THREADS': '1',
        },
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert bytes_of(place / 'two') == bytes_of(place / 'one'), (
        done.stdout + done.stderr
    )
    assert done.stdout.count('cannot index films/bad.mp4') == 1
    assert done.stdout.count('two: 6 clips; 6 added') == 1


def test_killed_run_goes_on_to_the_same_index(place):
    """Every clip is committed at once; it dies in the fourth."""
    killed = start(place, *command('killed'), DIE_AFTER_CLIPS='3')
    assert killed.returncode == -9, killed.stderr
    again = start(place, *command('killed'))
    assert '3 of 7 are finished already' in again.stdout
    assert bytes_of(place / 'killed') == bytes_of(place / 'one')


def test_search_writes_its_files_and_mistakes_are_one_line(place):
    search = ('search_pool.py', 'config.py', 'last.pth', 'one', 'query.mp4')
    done = start(
        place,
        *(*search, '--k', 2, '--diversity', '--one-per-source'),
        *('--out', 'found', '--pin', 'films/1.mp4', '--device', 'cpu'),
    )
    assert done.returncode == 0, done.stderr
    assert 'films/1.mp4' in done.stdout
    assert 'abstain score' in done.stdout
    page = (place / 'found' / 'neighbours.html').read_text()
    assert page.count('<img') == 3
    wrong = [one.replace('last.pth', 'none') for one in search]
    done = start(place, *wrong)
    assert done.returncode == 2
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith('error: one was made by encoder')
    assert f' of {place / "last.pth"}, found encoder' in last
    assert 'Traceback' not in done.stderr
