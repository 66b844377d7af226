"""The shared convolution is the plain one."""

import torch

from mmselfshot.models.selfshot.slot_conv import SlotConv


def test_parts_add_up_to_the_plain_convolution():
    conv = SlotConv(2, 5, 4).double()
    maps = torch.randn(3, 2, 4, 6).double()
    features = torch.randn(3, 5, 4, 6).double()
    found = conv.of_maps(maps) + conv.of_features(features)
    torch.testing.assert_close(found, conv(maps, features), rtol=0, atol=1e-12)


def test_bias_counts_once_by_hand():
    """All weights 1: 9 cells of 1 map and 2 features of ones, bias 7."""
    conv = SlotConv(1, 2, 1)
    torch.nn.init.ones_(conv.weight)
    torch.nn.init.constant_(conv.bias, 7)
    maps, features = torch.ones(1, 1, 3, 3), torch.ones(1, 2, 3, 3)
    found = conv.of_maps(maps) + conv.of_features(features)
    assert found[0, 0, 1, 1].item() == 9 * 3 + 7
