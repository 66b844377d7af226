"""How large a network is and how much it computes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from mmengine.analysis import FlopAnalyzer
from mmengine.registry import init_default_scope
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from mmselfshot.engine.run_config import load_config
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError


@dataclass
class Complexity:
    """The size of a network, and its work for one clip.

    Args:
        num_parameters: All weights, in millions.
        gigaflops: Multiply-adds for the clip, in 10^9.
        uncounted: Operator -> how often it ran without being counted.
    """

    num_parameters: float
    gigaflops: float
    uncounted: dict[str, int]


def measure_complexity(
    config: str | Path,
    num_frames: int = 1,
    size: tuple[int, int] = (360, 640),
    options: Sequence[str] = (),
    num_supports: int = 0,
) -> Complexity:
    """Count the weights and the multiply-adds of a config's model.

    Args:
        config: Path of the config; its weights are not loaded.
        num_frames: T, frames of the clip.
        size: Height and width of the frames, in pixels.
        options: `key=value` texts, see `mmselfshot.utils.config_keys`.
        num_supports: Support videos of T frames, encoded once; of a model
            that takes them.

    Raises:
        UserError: If the config or an option is unusable, or the model takes
            no supports.
    """
    cfg = load_config(config, options)
    init_default_scope(cfg.default_scope)
    model = MODELS.build(cfg.model).eval()
    clip = torch.zeros(1, num_frames, 3, *size)
    if hasattr(model, 'encode_supports'):
        return _measure_episode(model, clip, num_supports)
    if num_supports:
        raise UserError(
            f'the {cfg.model.type} of {config} takes no supports; leave out '
            '--supports'
        )
    with torch.no_grad():
        analyzer = FlopAnalyzer(model, (clip,))
        analyzer.unsupported_ops_warnings(False)
        analyzer.uncalled_modules_warnings(False)
        analyzer.tracer_warnings('none')
        total = analyzer.total()
        uncounted = dict(analyzer.unsupported_ops())
    num_parameters = sum(one.numel() for one in model.parameters())
    return Complexity(num_parameters / 1e6, total / 1e9, uncounted)


def _measure_episode(
    model: torch.nn.Module, query: Tensor, num_supports: int
) -> Complexity:
    """Matrix products and convolutions, all that torch's counter knows."""
    supports = query.expand(num_supports, *query.shape)[None].squeeze(2)
    inputs = {'query': query, 'supports': supports if num_supports else None}
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(inputs)
    num_parameters = sum(one.numel() for one in model.parameters())
    return Complexity(
        num_parameters / 1e6, counter.get_total_flops() / 2e9, {}
    )
