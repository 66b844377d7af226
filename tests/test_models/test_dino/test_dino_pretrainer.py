"""DINO's training: who learns, who follows, and that it learns."""

import pytest
import torch

from mmselfshot.models.dino import DINOPretrainer

VIT = dict(
    type='DINOVisionTransformer',
    embed_dims=24,
    depth=1,
    num_heads=2,
    patch_size=8,
    img_size=32,
)
RESNET = dict(
    type='mmdet.ResNet', depth=18, base_channels=4, out_indices=(0, 1, 2, 3)
)


def build(**changes):
    options = dict(
        backbone=VIT,
        num_channels=(24, 24),
        large=dict(side=32, scale=(0.5, 0.9)),
        small=dict(side=16, scale=(0.2, 0.4)),
        num_small=1,
        num_prototypes=(8, 6),
        dense_weight=1.0,
        momentum=0.5,
        num_updates=100,
    )
    return DINOPretrainer(**{**options, **changes})


def pictures(num=4):
    return torch.rand(num, 3, 48, 48) * 255


@pytest.mark.parametrize(
    'changes',
    [
        dict(),
        dict(dense_weight=0.0, num_small=0),
        dict(use_bfloat16=True),
        dict(backbone=RESNET, num_channels=(32, 16), dense_level=2),
    ],
)
def test_only_the_student_has_gradients(changes):
    model = build(**changes)
    losses = model(pictures(), mode='loss')
    names = {'loss_picture'}
    if changes.get('dense_weight') != 0.0:
        names.add('loss_patch')
    assert set(losses) == names
    sum(losses.values()).backward()
    assert all(p.grad is None for p in model.teacher.parameters())
    used = [p.grad for p in model.student.backbone.parameters()]
    assert all(g is not None and g.isfinite().all() for g in used)


def test_teacher_follows_from_the_second_step_on():
    model = build()
    before = model.teacher.head.prototypes.clone()
    model(pictures(), mode='loss')
    torch.testing.assert_close(model.teacher.head.prototypes, before)
    with torch.no_grad():
        model.student.head.prototypes += 1.0
    model(pictures(), mode='loss')
    moved = model.teacher.head.prototypes - before
    torch.testing.assert_close(  # of (1 - momentum), a little risen
        moved, torch.full_like(moved, 0.5), atol=1e-3, rtol=0
    )


def test_patches_of_views_apart_give_no_loss():
    model = build(num_small=0)
    far = pictures()
    left, right = (model.large(far) for _ in range(2))
    left.centre[:] = torch.tensor([-0.8, 0.0])
    right.centre[:] = torch.tensor([0.8, 0.0])
    left.reach[:] = right.reach[:] = 0.1
    cells = [torch.randn(4, 24, 4, 4) for _ in range(2)]
    loss = model._dense_loss(
        [left, right], cells, [left, right], torch.randn(8, 6, 4, 4)
    )
    assert loss.item() == 0


def test_description_is_the_teachers():
    model = build()
    with torch.no_grad():
        model.student.backbone.cls_token += 1
    x = pictures()
    found = model(x, mode='tensor')
    with torch.no_grad():
        torch.testing.assert_close(
            found, model.backbone((x - model.mean) / model.std)
        )
    assert model.backbone is model.teacher.backbone


def test_training_tells_two_surfaces_apart():
    """Half of each picture is red, half blue; after training, patches of
    one colour are nearer to each other than to the other's."""
    torch.manual_seed(0)
    model = build(num_small=0)
    optimizer = torch.optim.AdamW(model.student.parameters(), lr=3e-3)
    flat = torch.zeros(8, 3, 48, 48)
    flat[:, 0, :, :24], flat[:, 2, :, 24:] = 220.0, 220.0
    for _ in range(40):
        noisy = (flat + 20 * torch.randn_like(flat)).clamp(0, 255)
        loss = sum(model(noisy, mode='loss').values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    x = (flat[:1, :, :32, 8:40] - model.mean) / model.std
    with torch.no_grad():
        key = model.backbone.last_block(x)['key'][0].flatten(1)
    unit = torch.nn.functional.normalize(key, dim=0)
    cosines = (unit.T @ unit).reshape(4, 4, 4, 4)
    within = cosines[:, :2, :, :2].mean()
    across = cosines[:, :2, :, 2:].mean()
    assert within > 0.8 > 0.5 > across
