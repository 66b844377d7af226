"""The substitutes agree with mmcv's compiled operations, on the CPU."""

import pytest
import torch
from mmcv.ops import (
    DeformConv2d,
    ModulatedDeformConv2d,
    MultiScaleDeformableAttention,
    RoIAlign,
    nms,
)
from mmcv.ops.multi_scale_deform_attn import (
    MultiScaleDeformableAttnFunction,
    multi_scale_deformable_attn_pytorch,
)

from mmselfshot.utils import op_fallbacks


@pytest.fixture(autouse=True)
def installed():
    op_fallbacks.install_fallbacks()
    yield
    op_fallbacks.FORCED.clear()


def compare(call, *inputs):
    """Output and gradients, compiled and with the substitute forced."""
    results = []
    for forced in ((), ('cpu',)):
        op_fallbacks.FORCED.clear()
        op_fallbacks.FORCED.update(forced)
        leaves = [x.clone().requires_grad_() for x in inputs]
        output = call(*leaves)
        seed = torch.arange(output.numel()).reshape(output.shape) / 10.0
        grads = torch.autograd.grad((output * seed).sum(), leaves)
        results.append((output, *grads))
    for compiled, substitute in zip(*results):
        torch.testing.assert_close(substitute, compiled, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize('deform_groups', [1, 2])
def test_deformable_convolution(deform_groups):
    layer = DeformConv2d(4, 6, 3, 2, 1, groups=2, deform_groups=deform_groups)
    x = torch.randn(2, 4, 9, 8)
    offset = torch.randn(2, 18 * deform_groups, 5, 4)
    compare(layer, x, offset)


def test_modulated_deformable_convolution():
    layer = ModulatedDeformConv2d(4, 6, 3, padding=2, dilation=2)
    x = torch.randn(2, 4, 7, 8)
    offset, mask = torch.randn(2, 18, 7, 8), torch.rand(2, 9, 7, 8)
    compare(layer, x, offset, mask)


@pytest.mark.parametrize('aligned', [True, False])
@pytest.mark.parametrize('ratio', [0, 2])
def test_roi_align(aligned, ratio):
    layer = RoIAlign((3, 4), 0.5, ratio, 'avg', aligned)
    rois = torch.tensor([[0, 1.0, 2, 12, 15], [1, 0, 0, 7.5, 6]])
    compare(lambda x: layer(x, rois), torch.randn(2, 3, 10, 9))


def test_roi_align_of_the_maximum_says_what_is_needed():
    op_fallbacks.FORCED.add('cpu')
    layer = RoIAlign(2, pool_mode='max')
    with pytest.raises(NotImplementedError, match='needs mmcv compiled'):
        layer(torch.ones(1, 1, 4, 4), torch.tensor([[0, 0.0, 0, 2, 2]]))


@pytest.mark.parametrize('offset', [0, 1])
@pytest.mark.parametrize('options', [{}, {'score_threshold': 0.3}])
@pytest.mark.parametrize('max_num', [-1, 4])
def test_nms(offset, options, max_num):
    corner = torch.rand(40, 2) * 20
    boxes = torch.cat([corner, corner + 4 + torch.rand(40, 2) * 10], 1)
    scores = torch.rand(40)
    both = []
    for forced in ((), ('cpu',)):
        op_fallbacks.FORCED.update(forced)
        both.append(
            nms(boxes, scores, 0.4, offset, max_num=max_num, **options)
        )
    assert torch.equal(both[0][1], both[1][1])
    assert torch.equal(both[0][0], both[1][0])


def test_nms_with_the_last_pixel_by_hand():
    """9x9 and 9x4 pixels: 36 of 81 shared without, 50 of 100 with it."""
    boxes = torch.tensor([[0.0, 0, 9, 9], [0, 0, 9, 4]])
    scores = torch.tensor([0.9, 0.8])
    op_fallbacks.FORCED.add('cpu')
    assert len(nms(boxes, scores, 0.47, offset=0)[1]) == 2
    assert len(nms(boxes, scores, 0.47, offset=1)[1]) == 1


def test_no_boxes():
    op_fallbacks.FORCED.add('cpu')
    boxes, kept = nms(torch.zeros(0, 4), torch.zeros(0), 0.5)
    assert boxes.shape == (0, 5)
    assert len(kept) == 0


def test_deformable_attention_takes_the_version_of_pytorch():
    """mmcv has no compiled one on the CPU; the function would fail."""
    shapes = torch.tensor([[3, 4], [2, 2]])
    starts = torch.tensor([0, 12])
    value = torch.randn(2, 16, 2, 3, requires_grad=True)
    places = torch.rand(2, 5, 2, 2, 4, 2)
    weights = torch.rand(2, 5, 2, 2, 4)
    expected = multi_scale_deformable_attn_pytorch(
        value, shapes, places, weights
    )
    found = MultiScaleDeformableAttnFunction.apply(
        value, shapes, starts, places, weights, 64
    )
    assert torch.equal(found, expected)
    wanted = torch.autograd.grad(expected.square().sum(), value)[0]
    assert torch.equal(
        torch.autograd.grad(found.square().sum(), value)[0], wanted
    )


def test_half_values_keep_their_type():
    shapes, starts = torch.tensor([[2, 2]]), torch.tensor([0])
    value = torch.ones(1, 4, 1, 2, dtype=torch.bfloat16)
    places = torch.full((1, 1, 1, 1, 1, 2), 0.5)
    found = MultiScaleDeformableAttnFunction.apply(
        value, shapes, starts, places, torch.full((1, 1, 1, 1, 1), 0.25), 1
    )
    assert found.dtype == torch.bfloat16
    assert found.tolist() == [[[0.25, 0.25]]]


def test_cpu_has_all_compiled_but_attention():
    lacking = op_fallbacks.find_lacking(torch.device('cpu'))
    assert lacking == {'deformable attention'}


def test_one_line_names_what_a_device_lacks(capsys, monkeypatch):
    """The device `meta` has nothing; it stands for a GPU without a build."""
    monkeypatch.setattr(op_fallbacks, '_lacking', {})
    monkeypatch.setattr(op_fallbacks, '_make_probes', _probes_that_fail)
    for _ in range(3):
        op_fallbacks.find_lacking(torch.device('meta'))
    lines = capsys.readouterr().out.strip().splitlines()
    assert len(lines) == 1
    assert 'no compiled NMS for meta' in lines[0]


def _probes_that_fail(device):
    boxes = torch.ones(1, 4, device=device)
    return {'NMS': (boxes, boxes[:, 0], 0.5, 0, 0.0, -1)}


@pytest.mark.gpu
def test_attention_layer_on_a_gpu_without_compiled_ops():
    layer = MultiScaleDeformableAttention(8, 2, 1, 2, batch_first=True)
    inputs = torch.randn(1, 4, 8), torch.rand(1, 4, 1, 2)
    shapes, starts = torch.tensor([[2, 2]]), torch.tensor([0])
    outputs = []
    for device in ('cpu', 'cuda'):
        query, points = (x.to(device) for x in inputs)
        outputs.append(
            layer.to(device)(
                query,
                reference_points=points,
                spatial_shapes=shapes.to(device),
                level_start_index=starts.to(device),
            ).cpu()
        )
    torch.testing.assert_close(*outputs, atol=1e-4, rtol=1e-3)
