"""Fixtures that every test may use.

The folders of recorded references and real clips lie outside the repo. A
test that needs one is skipped, saying so, when its default place is absent,
and fails when the environment names a place that does not exist.
"""

import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]


def _outside_folder(variable: str, default: str) -> Path:
    named = os.environ.get(variable)
    folder = Path(named) if named else REPO.parent / 'shared' / default
    if folder.is_dir():
        return folder
    if named:
        pytest.fail(f'{variable}={named}, but there is no such folder')
    pytest.skip(f'no folder {folder}; set {variable} to run this test')


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test that needs a GPU where there is none."""
    if item.get_closest_marker('gpu'):
        import torch

        if not torch.cuda.is_available():
            pytest.skip('needs a CUDA device')


@pytest.fixture(scope='session')
def repo() -> Path:
    """The root of the checkout."""
    return REPO


@pytest.fixture(scope='session')
def parity_dir() -> Path:
    """The recorded inputs and outputs of the published programs."""
    return _outside_folder('MMSELFSHOT_PARITY', 'parity')


@pytest.fixture(scope='session')
def real_data_dir() -> Path:
    """The real clips: `real_vis` and `real_vos`."""
    return _outside_folder('MMSELFSHOT_DATA_REAL', 'data')


@pytest.fixture(autouse=True)
def fresh_state() -> Iterator[None]:
    """Start every test from the same seeds, threads and (no) scope.

    Only what a test has imported is reset: a test of a pure function does
    not pay for importing torch.
    """
    random.seed(0)
    if 'numpy' in sys.modules:
        sys.modules['numpy'].random.seed(0)
    torch = sys.modules.get('torch')
    threads = torch.get_num_threads() if torch else 0
    if torch:
        torch.manual_seed(0)
    environ = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(environ)
    torch = sys.modules.get('torch')
    if torch:
        _reset_torch(torch, threads)
    _reset_mmengine()


def _reset_torch(torch, threads: int) -> None:
    if threads:
        torch.set_num_threads(threads)
    torch.set_default_dtype(torch.float32)
    torch.use_deterministic_algorithms(False)
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def _reset_mmengine() -> None:
    """Forget the scopes, loggers, message hubs and visualizers made."""
    for module, name in (
        ('mmengine.registry', 'DefaultScope'),
        ('mmengine.logging', 'MMLogger'),
        ('mmengine.logging', 'MessageHub'),
        ('mmengine.visualization', 'Visualizer'),
    ):
        manager = getattr(sys.modules.get(module), name, None)
        if manager is not None:
            manager._instance_dict.clear()
