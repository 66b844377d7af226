"""Joint attention over space and time."""

import pytest
import torch

from mmselfshot.models.backbones import DINOVisionTransformer
from mmselfshot.models.retriever import JointVideoTransformer
from mmselfshot.utils import UserError

SIZES = dict(embed_dims=16, depth=2, num_heads=2, patch_size=8)


def build(**changes):
    options = dict(SIZES, clip_size=(16, 24), num_frames=3, seed=0)
    return JointVideoTransformer(**{**options, **changes}).eval()


def clips(num_frames=3, size=(16, 24)):
    return torch.rand(2, num_frames, 3, *size) * 255


def test_one_frame_is_the_vision_transformer_of_dino():
    """Its position embedding is that of the place; time adds nothing."""
    dino = DINOVisionTransformer(img_size=16, **SIZES)
    model = build(clip_size=(16, 16), num_frames=1)
    with torch.no_grad():
        model.cls_token.copy_(dino.cls_token + dino.pos_embed[:, :1])
        model.space_embed.copy_(dino.pos_embed[:, None, 1:])
        model.time_embed.zero_()
        for name in ('patch_embed', 'blocks', 'norm'):
            part = getattr(dino, name).state_dict()
            getattr(model, name).load_state_dict(part)
        x = clips(1, (16, 16))
        expected = dino((x[:, 0] - model.mean) / model.std)
        torch.testing.assert_close(model(x), expected)


@pytest.mark.parametrize('pool', ['class', 'mean'])
def test_order_of_frames_counts_by_the_time_embedding_alone(pool):
    model, x = build(pool=pool), clips()
    with torch.no_grad():
        model.time_embed.mul_(20)
        assert not torch.allclose(model(x), model(x.flip(1)), atol=1e-3)
        model.time_embed.zero_()
        torch.testing.assert_close(model(x), model(x.flip(1)))
        model.space_embed.zero_()
        rolled = x.roll(8, dims=4)  # by a patch
        torch.testing.assert_close(model(x), model(rolled))


def test_patches_of_one_frame_see_those_of_another():
    model, x = build(pool='mean'), clips().requires_grad_()
    before = model.norm.register_forward_hook(lambda *_: _[2][:, :6])
    model(x).sum().backward()  # only the tokens of the first frame
    before.remove()
    assert (x.grad[:, 2].abs().amax((1, 2, 3)) > 0).all()


@pytest.mark.parametrize('pool', ['class', 'mean'])
def test_every_weight_learns(pool):
    model = build(pool=pool)
    (model(clips()) * torch.randn(16)).sum().backward()
    grads = [weight.grad for weight in model.parameters()]
    assert all(grad is not None and grad.abs().sum() > 0 for grad in grads)


def test_seed_makes_the_weights_and_leaves_the_global_state():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, second, other = build(), build(), build(seed=1)
    assert torch.equal(torch.rand(3), expected)
    x = clips()
    with torch.no_grad():
        assert torch.equal(first(x), second(x))
        assert not torch.allclose(first(x), other(x))


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(num_heads=3), '3 heads'),
        (dict(clip_size=(16, 20)), '16x20'),
        (dict(pool='max'), "pool='max'"),
        (dict(num_frames=0), 'num_frames=0'),
    ],
)
def test_sizes_that_do_not_fit_are_refused(changes, message):
    with pytest.raises(UserError, match=message):
        build(**changes)


def test_clip_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r'expects \(3, 3, 16, 24\)'):
        build()(clips(2))
