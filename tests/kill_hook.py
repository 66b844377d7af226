"""A hook that kills its own process, as a power cut would."""

import os
import signal

from mmengine.hooks import Hook

from mmselfshot.registry import HOOKS


@HOOKS.register_module()
class KillHook(Hook):
    """Kills the process after the iteration named by KILL_AFTER, if any."""

    priority = 'LOWEST'  # after the checkpoint of the same iteration

    def after_train_iter(self, runner, *args, **kwargs):
        if os.environ.get('KILL_AFTER') == str(runner.iter + 1):
            os.kill(os.getpid(), signal.SIGKILL)
