"""Checkpoints of which one is whole at every moment."""

from pathlib import Path

from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook

import mmselfshot.engine.atomic_backend  # noqa: F401  (registers it)
from mmselfshot.registry import HOOKS
from mmselfshot.utils import write_atomically

LAST_CHECKPOINT = 'last_checkpoint'


@HOOKS.register_module()
class SafeCheckpointHook(CheckpointHook):
    """mmengine's hook, except that it may be killed at any moment.

    mmengine writes under the final name, removes the oldest checkpoint
    before the new one is there, and truncates `last_checkpoint` before it
    writes it. Here files appear by renaming, and the oldest goes last.

    Args:
        **kwargs: As in `CheckpointHook`.
    """

    def __init__(self, **kwargs) -> None:
        kwargs.setdefault('backend_args', {'backend': 'atomic'})
        super().__init__(**kwargs)

    def _save_checkpoint_with_step(self, runner, step, meta) -> None:
        kept, dropped = self._choose_kept(step)
        if self.max_keep_ckpts > 0:
            self.keep_ckpt_ids.clear()
            self.keep_ckpt_ids.extend(kept)
            runner.message_hub.update_info('keep_ckpt_ids', kept)
        name = self.filename_tmpl.format(step)
        self.last_ckpt = self.file_backend.join_path(self.out_dir, name)
        runner.message_hub.update_info('last_ckpt', self.last_ckpt)
        runner.save_checkpoint(
            self.out_dir,
            name,
            save_optimizer=self.save_optimizer,
            save_param_scheduler=self.save_param_scheduler,
            meta=meta,
            by_epoch=self.by_epoch,
            backend_args=self.backend_args,
            **self.args,
        )
        if not is_main_process():
            return
        with write_atomically(Path(runner.work_dir, LAST_CHECKPOINT)) as file:
            file.write_text(self.last_ckpt)
        for old in dropped:
            path = self.file_backend.join_path(
                self.out_dir, self.filename_tmpl.format(old)
            )
            if self.file_backend.isfile(path):
                self.file_backend.remove(path)

    def _choose_kept(self, step: int) -> tuple[list[int], list[int]]:
        if self.max_keep_ckpts <= 0:
            return [], []
        steps = [old for old in self.keep_ckpt_ids if old != step]
        steps.append(step)
        split = max(len(steps) - self.max_keep_ckpts, 0)
        return steps[split:], steps[:split]


def find_last_checkpoint(work_dir: str | Path) -> Path | None:
    """Find the checkpoint that an interrupted training goes on from.

    Args:
        work_dir: The folder of the run; it may have been moved since.

    Returns:
        What `last_checkpoint` names, there or in the folder; else the
        checkpoint of the most iterations or epochs; None if there is none.
    """
    folder = Path(work_dir)
    note = folder / LAST_CHECKPOINT
    if note.is_file():
        named = Path(note.read_text().strip() or '.')
        for path in (named, folder / named.name):
            if path.is_file():
                return path
    numbered = [
        (int(number), path)
        for path in folder.glob('*_*.pth')
        for prefix, _, number in [path.stem.rpartition('_')]
        if prefix in ('iter', 'epoch') and number.isdigit()
    ]
    return max(numbered)[1] if numbered else None
