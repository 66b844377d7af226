"""Finding the parts of a config."""

from collections.abc import Mapping
from typing import Any

from mmengine.config import Config


def find_dataset(cfg: Config, split: str) -> Mapping[str, Any]:
    """The innermost data set of a split; an empty dict if there is none.

    Args:
        cfg: Of a run.
        split: `train`, `val` or `test`.
    """
    dataset = (cfg.get(f'{split}_dataloader') or {}).get('dataset') or {}
    while 'dataset' in dataset:
        dataset = dataset['dataset']
    if dataset.get('datasets'):
        return dataset['datasets'][0]
    return dataset


def takes_supports(cfg: Config) -> bool:
    """Whether the model of a config segments what supports show."""
    from mmselfshot.registry import MODELS

    name = (cfg.get('model') or {}).get('type')
    return name is not None and hasattr(MODELS.get(name), 'encode_supports')
