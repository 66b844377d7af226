"""No run starts from the weights of another model."""

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper

from mmselfshot.registry import HOOKS
from mmselfshot.utils.checkpoint import check_weights, weights_of


@HOOKS.register_module()
class CheckpointGuardHook(Hook):
    """Compares a checkpoint with the model before its weights are copied.

    mmengine copies what fits and only warns about the rest.

    Args:
        path: The file, for the message.
        is_complete: Whether each weight of the model must be in the file, as
            for a test or a resumed training. Else half of the file's weights
            must fit.
    """

    priority = 'VERY_HIGH'  # before a hook copies weights, as EMAHook does

    def __init__(self, path: str, is_complete: bool = True) -> None:
        self.path = path
        self.is_complete = is_complete

    def after_load_checkpoint(self, runner, checkpoint: dict) -> None:
        """Raise a UserError if the weights are of another model."""
        model = runner.model
        if is_model_wrapper(model):
            model = model.module
        check_weights(
            model, weights_of(checkpoint), self.path, self.is_complete
        )
