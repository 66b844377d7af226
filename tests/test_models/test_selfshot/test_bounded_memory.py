"""What bounds the memory is done, not only without effect on the result."""

from unittest.mock import patch

import pytest
import torch
import torch.nn.functional as F
from tiny_selfshot import FRAMES, LAYERS, TINY, build_tiny, draw_inputs, sample

from mmselfshot.models.selfshot import attend

NUM_SLOTS = TINY['num_slots']


def sizes_of_calls(module, run):
    """Length of the first argument of each call of a module."""
    sizes = []
    handle = module.register_forward_pre_hook(
        lambda _, inputs: sizes.append(len(inputs[0]))
    )
    run()
    handle.remove()
    return sizes


def train_once(model):
    losses = model.train()(draw_inputs(2), [sample(2)], mode='loss')
    sum(losses.values()).backward()


@pytest.mark.parametrize('part', ['encoder', 'fuser', 'decoder'])
@pytest.mark.parametrize('is_checkpointed', [True, False])
def test_checkpointed_layers_run_again_in_the_backward_pass(
    part, is_checkpointed
):
    layers = LAYERS | dict(is_checkpointed=is_checkpointed)
    model = build_tiny(**{part: layers})
    owner = model.episode_encoder if part == 'encoder' else model
    layer = getattr(owner, part).layers[0]
    runs = sizes_of_calls(layer, lambda: train_once(model))
    plain = 2 if part == 'encoder' else 1  # of the query, of the supports
    assert len(runs) == plain * (1 + is_checkpointed)


@pytest.mark.parametrize('has_checkpoints', [True, False])
def test_checkpointed_mask_heads_run_again(has_checkpoints):
    segmenter = TINY['segmenter'] | dict(has_checkpoints=has_checkpoints)
    model = build_tiny(segmenter=segmenter)
    convs = sizes_of_calls(
        model.segmenter.third_conv, lambda: train_once(model)
    )
    assert len(convs) == 1 + has_checkpoints


@pytest.mark.parametrize('slots_at_once', [1, 3, None])
def test_masks_of_few_slots_are_held_at_once(slots_at_once):
    segmenter = TINY['segmenter'] | dict(slots_at_once=slots_at_once)
    model = build_tiny(segmenter=segmenter)
    frames = sizes_of_calls(
        model.segmenter.third_conv, lambda: model(draw_inputs(2))
    )
    wanted = {1: [1] * NUM_SLOTS, 3: [3, NUM_SLOTS - 3], None: [NUM_SLOTS]}
    assert frames == [FRAMES * num for num in wanted[slots_at_once]]


def test_the_backbone_takes_few_frames_at_once():
    model = build_tiny(frames_at_once=2)
    inputs = draw_inputs(1, support_frames=5)
    sizes = sizes_of_calls(
        model.episode_encoder.backbone, lambda: model(inputs)
    )
    assert sorted(sizes) == [1, 1, 2, 2, 2]


def test_supports_are_encoded_one_by_one_without_a_graph():
    model = build_tiny()
    encode, supports = model.encode_supports, draw_inputs(3)['supports']
    backbone = model.episode_encoder.backbone
    assert sizes_of_calls(backbone, lambda: encode(supports)) == [6]
    with torch.no_grad():
        assert sizes_of_calls(backbone, lambda: encode(supports)) == [2] * 3


def test_attention_with_dropout_holds_few_rows_on_the_cpu():
    """Of 40 rows of 30 columns and 3 heads, seven at once."""
    query, key = torch.randn(1, 3, 40, 4), torch.randn(1, 3, 30, 4)
    kernel, rows = F.scaled_dot_product_attention, []

    def counting(part, *others, **more):
        rows.append(part.shape[2])
        return kernel(part, *others, **more)

    with patch.object(F, 'scaled_dot_product_attention', counting):
        attend(query, key, key, dropout=0.1, chunk_elements=3 * 30 * 7)
        attend(query, key, key, chunk_elements=3 * 30 * 7)
    assert rows == [7, 7, 7, 7, 7, 5, 40]
