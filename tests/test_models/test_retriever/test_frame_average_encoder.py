"""Features of frames, averaged."""

import pytest
import torch
from tiny_clip import clip_config, tiny_clip
from tiny_retriever import FRAMES, SIZE

from mmselfshot.models.retriever import (
    FrameAverageEncoder,
    OpenCLIPImageTower,
)
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError

RGB = dict(mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
DINO = dict(
    type='DINOVisionTransformer',
    embed_dims=96,
    depth=4,
    num_heads=3,
    patch_size=8,
    img_size=96,
)


class Colours(torch.nn.Module):
    """The frame itself as a map, after a part of another size."""

    def forward(self, frames):
        return frames[:, :, :1, :1], frames


@pytest.fixture
def colours():
    if 'Colours' not in MODELS.module_dict:
        MODELS.register_module()(Colours)
    yield dict(type='Colours')
    MODELS.module_dict.pop('Colours')


def build(frame_encoder, **changes):
    options = dict(num_channels=3, clip_size=SIZE, num_frames=2, **RGB)
    return FrameAverageEncoder(frame_encoder, **{**options, **changes})


def test_vector_is_the_mean_over_cells_and_frames(colours):
    """Frames of 10 and 30: 20; the first map has one pixel only."""
    clips = torch.full((1, 2, 3, *SIZE), 10.0)
    clips[:, 1] = 30.0
    clips[..., 0, 0] += 48.0
    assert build(colours)(clips)[0].tolist() == pytest.approx(
        [20.0 + 48.0 / (16 * 24)] * 3
    )
    assert build(colours, level=0)(clips)[0].tolist() == [68.0] * 3


def test_frames_are_brought_to_the_size_of_the_frame_encoder(colours):
    encoder, seen = build(colours, frame_size=(5, 7)), []
    encoder.frame_encoder.register_forward_pre_hook(
        lambda _, inputs: seen.append(inputs[0].shape)
    )
    found = encoder(torch.full((1, 2, 3, *SIZE), 10.0))
    assert seen == [(2, 3, 5, 7)]
    assert found[0].tolist() == pytest.approx([10.0] * 3)


def test_frozen_encoder_learns_nothing():
    encoder = MODELS.build(dict(FRAMES, is_frozen=True))
    encoder.train()
    before = {k: v.clone() for k, v in encoder.state_dict().items()}
    found = encoder(torch.rand(2, 1, 3, *SIZE) * 255)
    assert not found.requires_grad
    after = encoder.state_dict()
    assert all(torch.equal(after[key], before[key]) for key in before)


def test_thawed_encoder_learns():
    encoder = MODELS.build(FRAMES).train()
    encoder(torch.rand(2, 1, 3, *SIZE) * 255).sum().backward()
    assert encoder.frame_encoder.conv1.weight.grad.abs().sum() > 0


def test_shipped_weights_fill_the_frame_encoder():
    encoder = build(
        DINO, num_channels=96, checkpoint='mmselfshot://toy_dino_vit.pth'
    )
    other = build(DINO, num_channels=96)
    clips = torch.rand(1, 2, 3, *SIZE)
    assert encoder(clips).shape == (1, 96)
    assert not torch.allclose(encoder(clips), other(clips))


def test_start_of_a_training_keeps_the_weights_of_the_checkpoint(tmp_path):
    """mmdet's ResNet draws new ones whenever it is asked to begin."""
    other = MODELS.build(FRAMES['frame_encoder'])
    torch.save(other.state_dict(), tmp_path / 'resnet.pth')
    encoder = MODELS.build(
        dict(FRAMES, checkpoint=str(tmp_path / 'resnet.pth'))
    )
    encoder.init_weights()
    found = encoder.frame_encoder.conv1.weight
    assert torch.equal(found, other.conv1.weight)


def test_frozen_encoder_is_filled_without_any_training(tmp_path):
    """As an ImageNet backbone, whose weights its init_cfg names."""
    other = MODELS.build(FRAMES['frame_encoder'])
    torch.save(other.state_dict(), tmp_path / 'resnet.pth')
    named = dict(type='Pretrained', checkpoint=str(tmp_path / 'resnet.pth'))
    inner = dict(FRAMES['frame_encoder'], init_cfg=named)
    encoder = MODELS.build(dict(FRAMES, frame_encoder=inner, is_frozen=True))
    for _ in range(2):
        found = encoder.frame_encoder.conv1.weight
        assert torch.equal(found, other.conv1.weight)
        encoder.init_weights()


def test_lost_weights_are_named():
    with pytest.raises(UserError, match=r'no checkpoint lost\.pth'):
        build(DINO, num_channels=96, checkpoint='lost.pth')


def test_wrong_number_of_channels_is_refused(colours):
    with pytest.raises(UserError, match=r'gives \(3,\).*num_channels=4'):
        build(colours, num_channels=4)(torch.zeros(1, 2, 3, *SIZE))


def test_image_tower_is_that_of_clip():
    """Up to the length, which CLIP takes away."""
    clip = tiny_clip()
    torch.manual_seed(0)
    tower = OpenCLIPImageTower(model_config=clip_config()).eval()
    assert all(name.startswith('visual.') for name in tower.state_dict())
    pixels = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        found = torch.nn.functional.normalize(tower(pixels), dim=1)
        torch.testing.assert_close(found, clip.images(pixels))
