"""Reading `parity/minvis` and building the model of a case.

The weights are filled by the rule of the folder's README under the official
names and then go through our converter, so that it is checked as well.
"""

import json
import zlib
from functools import cache
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config

from mmselfshot.models.minvis.official_keys import (
    convert_official,
)
from mmselfshot.registry import MODELS

CONFIGS = Path(__file__).resolve().parents[2] / 'configs' / 'minvis' / '_base_'
CLASS_EMBED = 'sem_seg_head.predictor.class_embed'
CONSTANTS = ('empty_weight', 'num_batches_tracked', 'relative_position_index')
SWIN_OPTIONS = {
    'MODEL.SWIN.EMBED_DIM': 'embed_dims',
    'MODEL.SWIN.DEPTHS': 'depths',
    'MODEL.SWIN.NUM_HEADS': 'num_heads',
    'MODEL.SWIN.WINDOW_SIZE': 'window_size',
}


def cases_of(parity_dir: Path, kind: str) -> dict[str, dict]:
    """The cases of a kind whose file is there; at least one."""
    folder = parity_dir / 'minvis'
    cases = json.loads((folder / 'cases.json').read_text())[kind]
    cases = {
        name: case
        for name, case in cases.items()
        if kind == 'tracker' or (folder / f'{name}.npz').is_file()
    }
    assert cases, f'no case of {kind} in {folder}'
    return cases


def fill(name: str, shape: list[int], salt: str) -> np.ndarray:
    """One official weight by the filler rule of the README."""
    seed = zlib.crc32((salt + name).encode('utf-8'))
    rng = np.random.default_rng(seed)
    if name.endswith('running_var'):
        return (0.5 + rng.random(shape)).astype(np.float32)
    n = rng.standard_normal(shape)
    if name.endswith('running_mean'):
        n = 0.1 * n
    elif name.endswith('sampling_offsets.bias'):
        n = 2.0 * n
    elif 'level_embed' in name:
        n = 0.2 * n
    elif name.endswith(('query_feat.weight', 'query_embed.weight')):
        pass
    elif 'relative_position_bias_table' in name:
        n = 0.5 * n
    elif len(shape) == 1 and name.endswith('weight'):
        n = 1 + 0.1 * n
    elif len(shape) == 1:
        n = 0.05 * n
    else:
        gain = 1.0
        if name.endswith(('class_embed.weight', 'in_proj_weight')):
            gain = 3.0
        elif name.endswith(
            ('out_proj.weight', 'output_proj.weight', 'linear2.weight')
        ):
            gain = 0.5
        n = n * gain / np.sqrt(np.prod(shape[1:]))
    return n.astype(np.float32)


def official_weights(
    parity_dir: Path, network: str, num_classes: int, salt: str
) -> dict[str, np.ndarray]:
    """All weights of a key list, filled."""
    path = parity_dir / 'minvis' / f'keys_{network}.json'
    weights = {}
    for name, shape in json.loads(path.read_text()).items():
        if name.endswith(CONSTANTS):
            continue
        if name.startswith(CLASS_EMBED):
            shape = [num_classes + 1, *shape[1:]]
        weights[name] = fill(name, shape, salt)
    return weights


def model_cfg(
    parity_dir: Path, network: str, num_classes: int, options: list[str]
) -> Config:
    """The published config, with the reduced sizes of a case's options."""
    path = parity_dir / 'minvis' / f'keys_{network}.json'
    keys = json.loads(path.read_text())
    is_swin = network.startswith('swin')
    name = 'minvis_swin-l.py' if is_swin else 'minvis_r50.py'
    model = Config.fromfile(CONFIGS / name).model
    model.head.num_classes = num_classes
    queries = keys['sem_seg_head.predictor.query_feat.weight'][0]
    model.head.num_queries = queries
    for option, value in zip(options[::2], options[1::2]):
        if option in SWIN_OPTIONS:
            model.backbone[SWIN_OPTIONS[option]] = json.loads(value)
    if is_swin:
        width = model.backbone.embed_dims
        model.head.in_channels = [width * 2**level for level in range(4)]
    return model


@cache
def build(
    parity_dir: Path,
    network: str,
    num_classes: int,
    salt: str,
    options: tuple[str, ...] = (),
) -> torch.nn.Module:
    """The filled model of a case, in eval mode."""
    cfg = model_cfg(parity_dir, network, num_classes, list(options))
    model = MODELS.build(cfg)
    weights = convert_official(
        official_weights(parity_dir, network, num_classes, salt)
    )
    missing, unexpected = model.load_state_dict(weights, strict=False)
    missing = [key for key in missing if not key.endswith(CONSTANTS)]
    assert not missing and not unexpected, (missing, unexpected)
    return model.eval()


def preprocess(model: torch.nn.Module, frames: np.ndarray) -> torch.Tensor:
    """(T, H, W, 3) uint8 to (T, 3, H, W) float, normalised and padded."""
    video = torch.from_numpy(frames).permute(0, 3, 1, 2)
    data = dict(inputs=[video], data_samples=None)
    return model.data_preprocessor(data, False)['inputs'][0]


def unpack_masks(bits: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """Masks that were packed row by row, one row per track."""
    count = int(np.prod(shape[1:]))
    flat = np.unpackbits(bits, axis=1, count=count)
    return flat.reshape(shape).astype(bool)
