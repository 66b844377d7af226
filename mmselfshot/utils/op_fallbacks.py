"""PyTorch's and torchvision's versions of mmcv's compiled operations.

mmcv may have been compiled without an operation for the device in use (no
CUDA compiler at hand). Each operation is tried once per device; where it
fails, the version here is used, and one line says so. It sits inside mmcv's
autograd functions, so that whoever imported them gets it.

Shapes: B images, C channels, H W pixels, Q queries, N boxes or regions.
"""

from collections.abc import Callable
from typing import Any

import torch
from mmcv.ops.deform_conv import DeformConv2dFunction
from mmcv.ops.modulated_deform_conv import ModulatedDeformConv2dFunction
from mmcv.ops.multi_scale_deform_attn import (
    MultiScaleDeformableAttnFunction,
    multi_scale_deformable_attn_pytorch,
)
from mmcv.ops.nms import NMSop
from mmcv.ops.roi_align import RoIAlignFunction
from mmengine.logging import print_log
from torch import Tensor
from torchvision import ops as tv_ops

FORCED: set[str] = set()
"""Device types whose compiled operations are not used; for tests."""

_lacking: dict[str, frozenset[str]] = {}


def attend(
    value: Tensor,
    shapes: Tensor,
    starts: Tensor,
    locations: Tensor,
    weights: Tensor,
    step: int,
) -> Tensor:
    """Multi-scale deformable attention, computed in float32 at least.

    Args:
        value: (B, cells, heads, C / heads) float.
        shapes: (levels, 2) int64, height and width of each level.
        starts: Not used.
        locations: (B, Q, heads, levels, points, 2) float, x and y in [0, 1].
        weights: (B, Q, heads, levels, points) float.
        step: Not used.

    Returns:
        (B, Q, C), in the dtype of `value`.
    """
    dtype = torch.promote_types(value.dtype, locations.dtype)
    attended = multi_scale_deformable_attn_pytorch(
        value.to(dtype), shapes, locations.to(dtype), weights.to(dtype)
    )
    return attended.to(value.dtype)


def convolve_deformed(
    x: Tensor,
    offset: Tensor,
    weight: Tensor,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    deform_groups: int = 1,
    bias: bool = False,
    im2col_step: int = 32,
) -> Tensor:
    """Deformable convolution; groups follow from the shapes."""
    return tv_ops.deform_conv2d(
        x.type_as(offset),
        offset,
        weight.type_as(offset),
        None,
        stride,
        padding,
        dilation,
    )


def convolve_deformed_masked(
    x: Tensor,
    offset: Tensor,
    mask: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    deform_groups: int = 1,
) -> Tensor:
    """Modulated deformable convolution; groups follow from the shapes."""
    return tv_ops.deform_conv2d(
        x.type_as(offset),
        offset,
        weight.type_as(offset),
        None if bias is None else bias.type_as(offset),
        stride,
        padding,
        dilation,
        mask.type_as(offset),
    )


def align_regions(
    x: Tensor,
    rois: Tensor,
    output_size: Any,
    spatial_scale: float = 1.0,
    sampling_ratio: int = 0,
    pool_mode: str = 'avg',
    aligned: bool = True,
) -> Tensor:
    """RoIAlign; `rois` is (N, 5): index of the image, then xyxy.

    Raises:
        NotImplementedError: For the maximum, which torchvision has not.
    """
    if pool_mode != 'avg':
        raise NotImplementedError(
            f'RoIAlign with pool_mode={pool_mode!r} needs mmcv compiled for '
            f'{x.device.type}'
        )
    ratio = sampling_ratio if sampling_ratio > 0 else -1
    return tv_ops.roi_align(
        x, rois.type_as(x), output_size, spatial_scale, ratio, aligned
    )


def suppress(
    boxes: Tensor,
    scores: Tensor,
    iou_threshold: float,
    offset: int,
    score_threshold: float,
    max_num: int,
) -> Tensor:
    """Non-maximum suppression.

    Args:
        boxes: (N, 4) float, xyxy in pixels.
        scores: (N,) float.
        iou_threshold: Boxes that overlap a better one more are dropped.
        offset: 1 if the last pixel belongs to a box, else 0.
        score_threshold: Boxes with no higher score are dropped, if positive.
        max_num: Number of boxes kept at most, if positive.

    Returns:
        (M,) int64, indices of the kept boxes, best first.
    """
    kept = torch.arange(len(boxes), device=boxes.device)
    if score_threshold > 0:
        kept = kept[scores > score_threshold]
    grown = boxes[kept] + boxes.new_tensor([0, 0, offset, offset])
    best = tv_ops.nms(grown, scores[kept], float(iou_threshold))
    kept = kept[best]
    return kept[:max_num] if max_num > 0 else kept


_OPERATIONS: dict[str, tuple[type, Callable[..., Tensor]]] = {
    'deformable attention': (
        MultiScaleDeformableAttnFunction,
        attend,
    ),
    'deformable convolution': (
        DeformConv2dFunction,
        convolve_deformed,
    ),
    'modulated deformable convolution': (
        ModulatedDeformConv2dFunction,
        convolve_deformed_masked,
    ),
    'RoIAlign': (RoIAlignFunction, align_regions),
    'NMS': (NMSop, suppress),
}


def install_fallbacks() -> None:
    """Put a choice by device before each of the five operations."""
    for name, (function, fallback) in _OPERATIONS.items():
        if not hasattr(function, 'compiled_forward'):
            _choose_by_device(name, function, fallback)


def _choose_by_device(
    name: str, function: type, fallback: Callable[..., Tensor]
) -> None:
    compiled_forward = function.forward
    compiled_backward = function.backward

    def forward(ctx, *args):
        if name not in find_lacking(args[0].device):
            return compiled_forward(ctx, *args)
        leaves = [
            arg.detach().requires_grad_(needs) if torch.is_tensor(arg) else arg
            for arg, needs in zip(args, ctx.needs_input_grad)
        ]
        with torch.set_grad_enabled(any(ctx.needs_input_grad)):
            output = fallback(*leaves)
        ctx.fallback_graph = leaves, output
        return output.detach()

    def backward(ctx, grad_output):
        if not hasattr(ctx, 'fallback_graph'):
            return compiled_backward(ctx, grad_output)
        leaves, output = ctx.fallback_graph
        wanted = [n for n, need in enumerate(ctx.needs_input_grad) if need]
        found = torch.autograd.grad(
            output,
            [leaves[n] for n in wanted],
            grad_output,
            allow_unused=True,
        )
        grads: list[Tensor | None] = [None] * len(leaves)
        for n, grad in zip(wanted, found):
            grads[n] = grad
        return tuple(grads)

    function.compiled_forward = staticmethod(compiled_forward)
    function.forward = staticmethod(forward)
    function.backward = staticmethod(backward)


def find_lacking(device: torch.device) -> frozenset[str]:
    """Name the operations that mmcv has not compiled for a device.

    Each is tried once per type of device, on tiny inputs. The CPU has a
    deformable attention in PyTorch from mmcv itself, which never asks here.
    """
    kind = device.type
    if kind in FORCED:
        return frozenset(_OPERATIONS)
    if kind not in _lacking:
        lacking = [
            name
            for name, probe in _make_probes(device).items()
            if not _works(_OPERATIONS[name][0], probe)
        ]
        _lacking[kind] = frozenset(lacking)
        shown = [name for name in lacking if kind != 'cpu']
        if shown:
            print_log(
                f'mmcv has no compiled {", ".join(shown)} for {kind}; the '
                'slower version of PyTorch or torchvision is used',
                logger='current',
            )
    return _lacking[kind]


class _Context:
    """As much of autograd's context as a forward without gradient needs."""

    needs_input_grad = (False,) * 16

    def save_for_backward(self, *tensors: Tensor) -> None:
        """Keep nothing."""


def _works(function: type, args: tuple) -> bool:
    try:
        with torch.no_grad():
            function.compiled_forward(_Context(), *args)
    except (RuntimeError, NotImplementedError):
        return False
    return True


def _make_probes(device: torch.device) -> dict[str, tuple]:
    """Tiny arguments for each operation, in the order of its forward."""

    def ones(*shape: int) -> Tensor:
        return torch.ones(*shape, device=device)

    shapes = torch.tensor([[2, 2]], device=device)
    starts = torch.zeros(1, dtype=torch.int64, device=device)
    locations, weights = ones(1, 1, 1, 1, 1, 2), ones(1, 1, 1, 1, 1)
    image, kernel, offset = (
        ones(1, 1, 2, 2),
        ones(1, 1, 1, 1),
        ones(1, 2, 2, 2),
    )
    masked = image, offset, image, kernel, None, 1, 0, 1, 1, 1
    return {
        'deformable attention': (
            ones(1, 4, 1, 2),
            shapes,
            starts,
            locations,
            weights,
            1,
        ),
        'deformable convolution': (
            *(image, offset, kernel),
            *(1, 0, 1, 1, 1, False, 32),
        ),
        'modulated deformable convolution': masked,
        'RoIAlign': (image, ones(1, 5) * 0, 1, 1.0, 0, 'avg', True),
        'NMS': (ones(1, 4), ones(1), 0.5, 0, 0.0, -1),
    }
