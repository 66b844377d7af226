"""A hook that ends its own process, as a power cut or a mistake would."""

import os
import signal

from mmengine.hooks import Hook

from mmselfshot.registry import HOOKS
from mmselfshot.utils import UserError


@HOOKS.register_module()
class KillHook(Hook):
    """Kills the process after the iteration named by KILL_AFTER, if any.

    In a test it is KILL_TEST_AFTER, which counts windows of videos.

    On the rank named by MISTAKE_ON_RANK it raises a UserError instead, in
    the second iteration.
    """

    priority = 'LOWEST'  # after the checkpoint of the same iteration

    def before_train_iter(self, runner, *args, **kwargs):
        mistaken = os.environ.get('MISTAKE_ON_RANK') == str(runner.rank)
        if mistaken and runner.iter == 1:
            raise UserError(f'rank {runner.rank} met a mistake')

    def after_train_iter(self, runner, *args, **kwargs):
        if os.environ.get('KILL_AFTER') == str(runner.iter + 1):
            os.kill(os.getpid(), signal.SIGKILL)

    def after_test_iter(self, runner, batch_idx, *args, **kwargs):
        if os.environ.get('KILL_TEST_AFTER') == str(batch_idx + 1):
            os.kill(os.getpid(), signal.SIGKILL)
