"""Test episodes of a config, and the network that is tested on them."""

from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmselfshot.utils import UserError


def build_test_episodes(cfg: Config, **changes: Any) -> Any:
    """The test data of a config.

    Args:
        cfg: With `test_dataloader`.
        changes: Other arguments of the data set.

    Raises:
        UserError: If there are no episodes, or they cannot be read.
    """
    from mmengine.registry import DefaultScope

    from mmselfshot.registry import DATASETS, SCOPE

    loader = cfg.get('test_dataloader')
    if loader is None or 'Episode' not in str(loader.dataset.get('type')):
        raise UserError(
            'the config has no episodes to test on; choose one such as '
            'configs/selfshot/selfshot_5shot_toyvis.py'
        )
    loader.dataset.update(changes)
    with DefaultScope.overwrite_default_scope(SCOPE):
        dataset = DATASETS.build(loader.dataset)
    if not len(dataset):
        raise UserError('the test data of the config has no query')
    return dataset


def build_tested_model(
    cfg: Config,
    checkpoint: str | Path | None,
    device: str | None = None,
    needs_fuser: bool = False,
) -> Any:
    """The network of a config in evaluation mode.

    Args:
        cfg: With `model`.
        checkpoint: Path of its weights; None for a model without weights.
        device: As torch names it; None for the GPU if there is one.
        needs_fuser: Refuse a network without one.

    Raises:
        UserError: If config, checkpoint or device cannot be used.
    """
    from mmengine.registry import DefaultScope

    from mmselfshot.models.selfshot import SelfShotNetwork
    from mmselfshot.registry import MODELS, SCOPE
    from mmselfshot.utils.checkpoint import load_weights
    from mmselfshot.utils.devices import find_device

    with DefaultScope.overwrite_default_scope(SCOPE):
        model = MODELS.build(cfg.model)
    has_fuser = isinstance(model, SelfShotNetwork) and model.has_fuser
    if needs_fuser and not has_fuser:
        raise UserError(
            f'the {cfg.model.type} of the config has no fuser; choose a '
            'config of SelfShotVIS with fuser.num_layers of 1 or more'
        )
    if checkpoint is not None:
        load_weights(model, checkpoint)
    return model.to(find_device(device)).eval()
