"""DINO's vision transformer against recorded features."""

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

from mmselfshot.models.backbones import DINOVisionTransformer
from mmselfshot.models.backbones.dino_vision_transformer import (
    stretch_position_embedding,
)

TINY = dict(embed_dims=48, depth=3, num_heads=3)
MODELS_OF_FILES = {
    'tiny': dict(TINY, patch_size=8),
    'vits8': dict(arch='small', patch_size=8),
    'vitb8': dict(arch='base', patch_size=8),
}
MODELS_OF_KEYS = {
    'tiny_p8_d48_L3_h3': MODELS_OF_FILES['tiny'],
    'vit_small_p8': MODELS_OF_FILES['vits8'],
    'vit_base_p8': MODELS_OF_FILES['vitb8'],
}


@pytest.fixture(scope='module')
def uvis_dir(parity_dir) -> Path:
    return parity_dir / 'uvis'


def draw(key: str, shape: tuple[int, ...]) -> torch.Tensor:
    """Fill a parameter by the rule of the recorded files' README."""
    generator = np.random.Generator(np.random.PCG64(zlib.crc32(key.encode())))
    x = generator.standard_normal(shape)
    if 'norm' in key and key.endswith('.weight'):
        x = 1 + 0.1 * x
    elif key.endswith('.bias'):
        x = 0.1 * x
    elif key in ('pos_embed', 'cls_token'):
        x = 0.2 * x
    else:
        x = x / np.sqrt(np.prod(shape[1:]))
    return torch.from_numpy(x.astype(np.float32))


def build(options: dict) -> DINOVisionTransformer:
    model = DINOVisionTransformer(**options)
    model.load_state_dict(
        {
            key: draw(key, tuple(value.shape))
            for key, value in model.state_dict().items()
        }
    )
    return model.eval()


def test_names_and_shapes_are_the_published_ones(uvis_dir):
    published = json.loads((uvis_dir / 'dino_keys.json').read_text())
    assert published
    for name, keys in published.items():
        model = DINOVisionTransformer(**MODELS_OF_KEYS[name])
        ours = {k: list(v.shape) for k, v in model.state_dict().items()}
        assert ours == keys, name


def test_features_agree_in_every_recorded_case(uvis_dir):
    files = sorted(uvis_dir.glob('dino_*.npz'))
    assert files
    for path in files:
        case = dict(np.load(path, allow_pickle=False))
        model = build(MODELS_OF_FILES[path.name.split('_')[1]])
        check_case(model, case, path.name)


@torch.no_grad()
def check_case(model, case: dict, name: str) -> None:
    height, width = case.pop('image_hw').tolist()
    seed = int(case.pop('image_seed'))
    generator = np.random.Generator(np.random.PCG64(seed))
    image = generator.standard_normal((3, height, width)).astype(np.float32)
    image = torch.from_numpy(image)[None]
    found = model.last_block(image)
    grid = (height // 8, width // 8)
    parts = {k: found[k][0].flatten(1) for k in ('key', 'query', 'value')}
    ours = {
        'feat_k': parts['key'],
        'feat_q': parts['query'],
        'feat_v': parts['value'],
        'feat_kqv': torch.cat([parts['key'], parts['query'], parts['value']]),
        'cls_last_norm': model(image)[0],
        'cls_attention_last': found['attention'][0],
        'pos_embed_interp_first8': stretch_position_embedding(
            model.pos_embed, *grid
        )[0, :, :8],
    }
    torch.testing.assert_close(
        found['class_token'], model(image), atol=1e-5, rtol=0
    )
    for key, expected in case.items():
        error = np.abs(ours[key].numpy() - expected).max()
        assert error <= 1e-4, f'{name}: {key} differs by {error}'
