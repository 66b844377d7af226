"""Patch features of frames."""

import numpy as np
import pytest
import torch
from PIL import Image

from mmselfshot.labelling.dino_features import DINOFeatures
from mmselfshot.utils import UserError

VIT = dict(
    type='DINOVisionTransformer',
    embed_dims=12,
    depth=2,
    num_heads=3,
    patch_size=8,
    img_size=32,
)


def draw_frames(num=3, height=24, width=40):
    rng = np.random.default_rng(0)
    return list(rng.integers(0, 256, (num, height, width, 3), np.uint8))


def test_published_size_is_480_squared():
    features = DINOFeatures(VIT)
    assert features._size_of(24, 40) == (480, 480)
    assert features.extract(draw_frames(1)).shape == (1, 12, 60, 60)


@pytest.mark.parametrize(
    ('options', 'grid'),
    [
        (dict(size=(16, 48)), (2, 6)),
        (dict(size=None), (3, 5)),
        (dict(size=None, scale=2.0), (6, 10)),
        (dict(size=None, scale=0.1), (1, 1)),
    ],
)
def test_grid_follows_the_size(options, grid):
    found = DINOFeatures(VIT, **options).extract(draw_frames())
    assert found.shape == (3, 12, *grid)
    assert found.dtype == torch.float32


@pytest.mark.parametrize('kind', ['key', 'query', 'value'])
def test_frames_are_resized_and_normalised_as_published(kind):
    """Lanczos, ImageNet's statistics on [0, 1], the last block."""
    features = DINOFeatures(VIT, size=(32, 32), kind=kind)
    frame = draw_frames(1)[0]
    image = Image.fromarray(frame).resize((32, 32), Image.LANCZOS)
    x = np.asarray(image, np.float32) / 255
    x = (x - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
    x = torch.from_numpy(x.astype(np.float32)).permute(2, 0, 1)[None]
    expected = features.backbone.last_block(x)[kind]
    torch.testing.assert_close(
        features.extract([frame]), expected, atol=1e-4, rtol=1e-4
    )


def test_batches_change_nothing():
    one, two = (
        DINOFeatures(VIT, size=(32, 32), batch_size=size) for size in (1, 2)
    )
    two.load_state_dict(one.state_dict())
    frames = draw_frames()
    torch.testing.assert_close(one.extract(frames), two.extract(frames))
    assert one.extract([]).shape == (0, 12, 0, 0)


def test_checkpoint_is_loaded_and_never_trained(tmp_path):
    first = DINOFeatures(VIT)
    path = tmp_path / 'weights.pth'
    torch.save(dict(state_dict=first.backbone.state_dict()), path)
    second = DINOFeatures(VIT, checkpoint=path, size=(32, 32)).train()
    assert not second.training and not second.backbone.training
    for name, value in first.backbone.state_dict().items():
        assert torch.equal(second.backbone.state_dict()[name], value)
    assert not any(p.requires_grad for p in second.parameters())


def test_weights_of_another_model_are_refused(tmp_path):
    torch.save({'conv1.weight': torch.zeros(2)}, tmp_path / 'a.pth')
    with pytest.raises(UserError, match='another model'):
        DINOFeatures(VIT, checkpoint=tmp_path / 'a.pth')


def test_unknown_kind_and_asset_are_named():
    with pytest.raises(UserError, match="kind of DINOFeatures is 'keys'"):
        DINOFeatures(VIT, kind='keys')
    with pytest.raises(UserError, match='no shipped file'):
        DINOFeatures(VIT, checkpoint='mmselfshot://gone.pth')
