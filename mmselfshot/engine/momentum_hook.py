"""Moves the average of a model that learns from it."""

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper

from mmselfshot.registry import HOOKS


@HOOKS.register_module()
class MomentumHook(Hook):
    """Calls `model.move_average()` after each step of the optimizer.

    Iterations that only accumulate gradients move nothing. It comes before
    the checkpoint of the iteration is written.
    """

    priority = 'NORMAL'

    def after_train_iter(
        self, runner, batch_idx: int, data_batch=None, outputs=None
    ) -> None:
        """Move the average if the optimizer has stepped."""
        if not runner.optim_wrapper.should_update():
            return
        model = runner.model
        if is_model_wrapper(model):
            model = model.module
        model.move_average()
