"""The deformable convolution is the compiled one, only faster."""

import pytest
import torch
import torch.nn.functional as F
from mmcv.ops.deform_conv import deform_conv2d

from mmselfshot.models.selfshot.frame_deform_conv import (
    FrameDeformConv,
    deform_conv_by_sampling,
)


@pytest.mark.parametrize(('side', 'spread'), [(3, 0.7), (3, 4.0), (1, 1.0)])
def test_values_and_gradients_are_those_of_the_compiled_one(side, spread):
    """Offsets of 4 pixels lead far outside of a picture of 5 x 7."""
    sizes = (2, 3, 5, 7), (2, 2 * side * side, 5, 7), (4, 3, side, side)
    scales = 1.0, spread, 1.0
    given = [
        (scale * torch.randn(size)).requires_grad_()
        for size, scale in zip(sizes, scales)
    ]
    seen = torch.randn(2, 4, 5, 7)
    found = deform_conv_by_sampling(*given)
    compiled = deform_conv2d(*given, 1, side // 2)
    torch.testing.assert_close(found, compiled, rtol=1e-4, atol=1e-4)
    for one, other in zip(
        torch.autograd.grad((found * seen).sum(), given),
        torch.autograd.grad((compiled * seen).sum(), given),
    ):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-3)


def test_without_offsets_it_is_a_plain_convolution():
    layer = FrameDeformConv(3, 4)
    torch.nn.init.zeros_(layer.conv_offset.weight)
    torch.nn.init.zeros_(layer.conv_offset.bias)
    x = torch.randn(4, 3, 6, 5)
    plain = F.conv2d(x, layer.weight, padding=1)
    torch.testing.assert_close(layer(x, 2), plain, rtol=1e-4, atol=1e-5)
