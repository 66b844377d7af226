"""At every moment one checkpoint is whole and can be found."""

from types import SimpleNamespace

import pytest
from mmengine.fileio import LocalBackend, get_file_backend

from mmselfshot.engine import SafeCheckpointHook, find_last_checkpoint
from mmselfshot.utils import UserError


class FakeRunner:
    """As much of a runner as saving a checkpoint touches."""

    def __init__(self, work_dir):
        self.work_dir = str(work_dir)
        self.iter = 0
        self.epoch = 0
        self.messages = {}
        self.message_hub = SimpleNamespace(
            runtime_info=self.messages,
            update_info=self.messages.__setitem__,
            get_info=self.messages.get,
        )
        self.logger = SimpleNamespace(info=lambda text: None)
        self.dies = False
        self.seen_while_saving = []

    def save_checkpoint(self, out_dir, filename, backend_args, **kwargs):
        self.seen_while_saving.append(find_last_checkpoint(self.work_dir))
        if self.dies:
            raise SystemExit
        backend = get_file_backend(out_dir, backend_args=backend_args)
        backend.put(b'weights', backend.join_path(out_dir, filename))


def make_hook(runner, **kwargs):
    hook = SafeCheckpointHook(by_epoch=False, interval=1, **kwargs)
    hook.before_train(runner)
    return hook


def save(hook, runner, iteration):
    runner.iter = iteration - 1
    hook._save_checkpoint(runner)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_oldest_goes_only_after_the_newest_is_there(tmp_path):
    runner = FakeRunner(tmp_path)
    hook = make_hook(runner, max_keep_ckpts=1)
    for iteration in (1, 2, 3):
        save(hook, runner, iteration)
    assert runner.seen_while_saving == [
        None,
        tmp_path / 'iter_1.pth',
        tmp_path / 'iter_2.pth',
    ]
    assert names(tmp_path) == ['iter_3.pth', 'last_checkpoint']
    assert runner.messages['keep_ckpt_ids'] == [3]


def test_kill_while_saving_leaves_the_one_before(tmp_path):
    runner = FakeRunner(tmp_path)
    hook = make_hook(runner, max_keep_ckpts=1)
    save(hook, runner, 1)
    runner.dies = True
    with pytest.raises(SystemExit):
        save(hook, runner, 2)
    assert find_last_checkpoint(tmp_path) == tmp_path / 'iter_1.pth'
    assert names(tmp_path) == ['iter_1.pth', 'last_checkpoint']


def test_as_many_as_asked_for_are_kept(tmp_path):
    runner = FakeRunner(tmp_path)
    hook = make_hook(runner, max_keep_ckpts=2)
    for iteration in (1, 2, 2, 3):  # twice the same: a new best one
        save(hook, runner, iteration)
    assert names(tmp_path) == ['iter_2.pth', 'iter_3.pth', 'last_checkpoint']
    everything = make_hook(runner)
    for iteration in (4, 5):
        save(everything, runner, iteration)
    assert len(list(tmp_path.glob('*.pth'))) == 4


def test_full_disk_leaves_nothing_half_written(tmp_path, monkeypatch):
    def write_half(path, content):
        with open(path, 'wb') as file:
            file.write(content[:3])
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr('pathlib.Path.write_bytes', write_half)
    backend = get_file_backend(
        str(tmp_path), backend_args={'backend': 'atomic'}
    )
    assert isinstance(backend, LocalBackend)
    with pytest.raises(UserError, match='no disk space'):
        backend.put(b'weights', str(tmp_path / 'iter_1.pth'))
    assert names(tmp_path) == []


def test_moved_folder_is_searched(tmp_path):
    (tmp_path / 'iter_4.pth').touch()
    (tmp_path / 'iter_10.pth').touch()
    (tmp_path / 'last_checkpoint').write_text('/elsewhere/iter_4.pth')
    assert find_last_checkpoint(tmp_path) == tmp_path / 'iter_4.pth'


@pytest.mark.parametrize('note', [None, '', '/elsewhere/iter_7.pth'])
def test_without_a_usable_note_the_highest_number_counts(tmp_path, note):
    for name in ('iter_4.pth', 'iter_10.pth', 'best_x_iter_12.pth'):
        (tmp_path / name).touch()
    if note is not None:
        (tmp_path / 'last_checkpoint').write_text(note)
    assert find_last_checkpoint(tmp_path) == tmp_path / 'iter_10.pth'


def test_empty_folder_has_no_checkpoint(tmp_path):
    assert find_last_checkpoint(tmp_path) is None
