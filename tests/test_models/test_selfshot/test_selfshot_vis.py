"""SelfShotVIS: supports, modes, modules that are off, training."""

import pytest
import torch
from tiny_selfshot import (
    FRAMES,
    SIZE,
    build_tiny,
    draw_inputs,
    sample,
)
from torch import nn

from mmselfshot.utils import UserError


def everything(model, inputs):
    """Logits, boxes and masks of all slots in one row."""
    with torch.no_grad():
        out = model(inputs)
    return torch.cat(
        [one.flatten() for one in (out.logits, out.boxes, out.masks)]
    )


def test_outputs_have_the_contracted_shapes():
    out = build_tiny()(draw_inputs(2, num_videos=2))
    assert out.logits.shape == (2, 2, FRAMES, 4, 2)
    assert out.boxes.shape == (2, 2, FRAMES, 4, 4)
    assert out.masks.shape == (2, 4, FRAMES, SIZE[0] // 4, SIZE[1] // 4)
    assert out.boxes.min() > 0 and out.boxes.max() < 1


def test_order_of_supports_changes_nothing_but_a_support_does():
    model, inputs = build_tiny(), draw_inputs(3)
    whole = everything(model, inputs)
    supports = inputs['supports']
    moved = {**inputs, 'supports': supports[:, [2, 0, 1]]}
    torch.testing.assert_close(
        everything(model, moved), whole, rtol=0, atol=1e-5
    )
    other = supports.clone()
    other[:, 1] = draw_inputs(3, seed=5)['supports'][:, 1]
    changed = model({**inputs, 'supports': other}).masks
    assert (changed - model(inputs).masks).abs().max() > 1e-3


@pytest.mark.parametrize('support_frames', [1, 2])
@pytest.mark.parametrize('num_supports', [0, 1, 5, 10])
def test_any_number_of_supports_runs(num_supports, support_frames):
    inputs = draw_inputs(num_supports, support_frames=support_frames)
    assert torch.isfinite(everything(build_tiny(), inputs)).all()


def test_no_supports_are_the_same_as_none_and_skip_the_fuser():
    model = build_tiny()
    none = everything(model, draw_inputs(None))
    assert torch.equal(none, everything(model, draw_inputs(0)))
    nn.init.normal_(model.fuser.layers[0].fusion.out.weight)
    assert torch.equal(none, everything(model, draw_inputs(None)))


@pytest.mark.parametrize('fuser', [{}, dict(has_position=True)])
def test_kept_supports_equal_fresh_ones(fuser):
    """Each encoded alone, with another graph mode, then put together."""
    layers = dict(num_layers=1, num_heads=2, ffn_dims=16)
    model = build_tiny(fuser=layers | fuser)
    inputs = draw_inputs(3)
    whole = everything(model, inputs)
    kept = [
        model.encode_supports(inputs['supports'][:, [one]]).detach()
        for one in range(3)
    ]
    cached = dict(query=inputs['query'], encoded_supports=torch.cat(kept, 1))
    torch.testing.assert_close(
        everything(model, cached), whole, rtol=0, atol=1e-5
    )


def test_cache_of_the_model_changes_nothing_and_is_used():
    inputs = draw_inputs(3, num_videos=2)
    inputs['supports'][1, 0] = inputs['supports'][0, 2]  # shared by queries
    whole = everything(build_tiny(), inputs)
    model = build_tiny(support_cache=dict(max_bytes=10**6))
    for num_hits in (0, 5):
        torch.testing.assert_close(
            everything(model, inputs), whole, rtol=0, atol=1e-5
        )
        cache = model.cached_encoder.cache
        assert (len(cache), cache.num_hits) == (5, num_hits)


def test_cache_is_not_used_where_supports_are_to_learn():
    model = build_tiny(support_cache=dict(max_bytes=10**6))
    inputs = draw_inputs(1)
    everything(model, inputs)
    for one in (model, model.train()):
        found = one.encode_supports(inputs['supports'])
        assert found.requires_grad


@pytest.mark.parametrize('change', ['load', 'write', 'move', 'buffer'])
def test_cache_follows_the_weights_of_the_encoder(change):
    """The encoder alone changes, and the mode stays."""
    model = build_tiny(support_cache=dict(max_bytes=10**6))
    inputs = draw_inputs(1)
    everything(model, inputs)
    encoder = model.episode_encoder
    if change == 'load':
        other = build_tiny(seed=7).episode_encoder
        encoder.load_state_dict(other.state_dict())
    elif change == 'write':
        nn.init.normal_(encoder.projection.weight)
    elif change == 'move':
        weight = encoder.projection.weight
        weight.data = torch.randn_like(weight)
    else:
        encoder.backbone.bn1.running_mean += 1
    fresh = build_tiny()
    fresh.load_state_dict(model.state_dict())
    torch.testing.assert_close(
        everything(model, inputs), everything(fresh, inputs)
    )


@pytest.mark.parametrize('change', ['train', 'load'])
def test_cache_is_emptied_where_weights_may_change(change):
    model = build_tiny(support_cache=dict(max_bytes=10**6))
    inputs = draw_inputs(1)
    everything(model, inputs)
    other = build_tiny(seed=7)
    if change == 'load':
        model.load_state_dict(other.state_dict())
    else:
        model.train()
        for one, new in zip(model.parameters(), other.parameters()):
            one.data.copy_(new)
        model.eval()
    assert len(model.cached_encoder.cache) == 0
    torch.testing.assert_close(
        everything(model, inputs), everything(other, inputs)
    )


def test_joint_supports_cannot_be_cached():
    with pytest.raises(UserError, match="only 'separate'"):
        build_tiny(support_encoding='joint', support_cache=dict(max_bytes=1))


def test_videos_of_a_batch_do_not_see_each_other():
    model, inputs = build_tiny(), draw_inputs(2, num_videos=2)
    out = model(inputs)
    alone = model({name: value[1:] for name, value in inputs.items()})
    torch.testing.assert_close(out.masks[1:], alone.masks, rtol=0, atol=1e-5)


@pytest.mark.parametrize('num_frames', [1, 2])
def test_shorter_query_uses_the_first_frames_slots(num_frames):
    model = build_tiny()
    inputs = draw_inputs(1, num_frames=num_frames)
    wanted = everything(model, inputs)
    nn.init.zeros_(model.query_embed.weight[num_frames * 4 :])
    assert torch.equal(everything(model, inputs), wanted)


def test_longer_query_than_slots_is_refused():
    with pytest.raises(UserError, match=r'4 frames; .* slots for 3'):
        build_tiny()(draw_inputs(1, num_frames=4))


@pytest.mark.parametrize(
    'options',
    [
        dict(encoder=dict(num_layers=0)),
        dict(fuser=dict(num_layers=0)),
        dict(encoder=dict(num_layers=0), fuser=dict(num_layers=0)),
        dict(position=[]),
        dict(position=['support']),
        dict(support_encoding='joint'),
        dict(frames_at_once=2),
    ],
)
def test_ablations_build_run_and_give_a_loss(options):
    model = build_tiny(**options).train()
    losses = model(draw_inputs(2), [sample()], mode='loss')
    assert all(torch.isfinite(one) for one in losses.values())


def test_without_fuser_supports_do_not_count():
    model = build_tiny(fuser=dict(num_layers=0))
    found = everything(model, draw_inputs(2))
    assert torch.equal(found, everything(model, draw_inputs(None)))


def test_bounding_the_memory_of_the_backbone_changes_nothing():
    found = everything(build_tiny(), draw_inputs(2))
    chunked = everything(build_tiny(frames_at_once=2), draw_inputs(2))
    torch.testing.assert_close(chunked, found, rtol=0, atol=1e-5)


def test_joint_supports_see_each_other_and_separate_ones_do_not():
    inputs = draw_inputs(2)
    other = inputs['supports'].clone()
    other[:, 1] += 1
    for encoding, is_joint in (('separate', False), ('joint', True)):
        model = build_tiny(support_encoding=encoding)
        first = model.encode_supports(inputs['supports'])[:, 0]
        changed = model.encode_supports(other)[:, 0]
        assert ((first - changed).abs().max() > 1e-4) == is_joint


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (dict(position='query'), 'position='),
        (dict(position=['memory']), 'expected a list of'),
        (dict(support_encoding='apart'), 'separate, joint'),
        (dict(decoder=dict(num_layers=0)), 'num_layers=0'),
        (dict(bfloat16_on=False), r'or \[\] for none'),
        (dict(bfloat16_on='cuda'), "bfloat16_on='cuda'; expected kinds"),
        (dict(support_cache=-1), 'support_cache=-1; expected dict'),
    ],
)
def test_wrong_options_are_refused(options, words):
    with pytest.raises(UserError, match=words):
        build_tiny(**options)


def test_dilated_convolutions_start_with_xavier_weights():
    """Within sqrt(6 / (9 * 16 + 9 * 16)), the bound of 16 channels."""
    bound = (6 / (2 * 9 * 16)) ** 0.5
    convs = [
        module
        for module in build_tiny().episode_encoder.backbone.modules()
        if isinstance(module, nn.Conv2d) and module.dilation == (2, 2)
    ]
    assert convs
    fresh = [
        conv.weight.abs().max() for conv in convs if conv.in_channels == 16
    ]
    assert all(0.95 * bound < one <= bound for one in fresh)


def test_few_steps_lower_the_loss_and_reach_every_parameter():
    model = build_tiny().train()
    inputs, samples = draw_inputs(2), [sample(2)]
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    totals = []
    for _ in range(25):
        losses = model(inputs, samples, mode='loss')
        total = sum(losses.values())
        optimizer.zero_grad()
        total.backward()
        if not totals:
            silent = [
                name
                for name, one in model.named_parameters()
                if one.grad is None
            ]
            assert silent == []
        optimizer.step()
        totals.append(total.item())
    assert totals[-1] < 0.9 * totals[0]


def test_video_without_target_keeps_every_parameter_in_the_graph():
    model = build_tiny().train()
    losses = model(draw_inputs(2), [sample(0)], mode='loss')
    assert losses['loss_dice'].item() == losses['loss_l1'].item() == 0
    sum(losses.values()).backward()
    assert all(one.grad is not None for one in model.parameters())


def test_masks_of_matched_slots_are_all_that_training_needs():
    """The losses equal those with the masks of all slots."""
    model, inputs = build_tiny(), draw_inputs(2, num_videos=2)
    # else slots have nearly the same masks
    nn.init.normal_(model.query_embed.weight, std=3)
    nn.init.normal_(model.segmenter.over_time[-1].weight, std=30)
    samples = [sample(2), sample(1)]
    losses = model(inputs, samples, mode='loss')
    targets = [one.gt_sequences for one in samples]
    wanted = model.criterion(model(inputs), targets)
    assert set(losses) == set(wanted)
    for name, value in wanted.items():
        torch.testing.assert_close(losses[name], value, rtol=1e-5, atol=1e-5)


def test_training_without_loss_is_refused():
    with pytest.raises(UserError, match=r'model\.loss'):
        build_tiny(loss=None)(draw_inputs(1), [sample()], mode='loss')


def test_a_norm_after_the_projection_takes_away_what_cells_share():
    norm = dict(type='GN', num_groups=12)
    encoder = build_tiny(projection_norm=norm).episode_encoder
    features = torch.randn(1, 1, 16, 2, 3) + 50
    encoder.encoder.layers = nn.ModuleList()
    tokens, _ = encoder._encode(features, 'query')
    torch.testing.assert_close(
        tokens.mean(1), torch.zeros(1, 12), rtol=0, atol=1e-4
    )


def test_a_smaller_temperature_tells_neighbours_apart():
    positions = [
        build_tiny(temperature=one).episode_encoder.cell_position(
            (1, 2, 8), torch.zeros(1)
        )
        for one in (10000.0, 20.0)
    ]
    far, near = (
        (one[0, 1:8] - one[0, :7]).norm(dim=-1).mean() for one in positions
    )
    assert near > far


def test_layers_compute_in_bfloat16_where_they_are_told_to():
    inputs, samples = draw_inputs(2), [sample()]
    plain = build_tiny(cell_loss=dict(type='CellLoss'))
    options = dict(cell_loss=dict(type='CellLoss'), bfloat16_on=('cpu',))
    half = build_tiny(**options)
    with torch.no_grad():
        one, other = plain(inputs), half(inputs)
    assert other.logits.dtype == other.boxes.dtype == torch.float32
    assert other.masks.dtype == torch.bfloat16
    assert half.encode_supports(inputs['supports']).dtype == torch.bfloat16
    for name in ('logits', 'boxes', 'masks'):
        found, wanted = getattr(other, name).float(), getattr(one, name)
        assert 0 < (found - wanted).abs().max() < 0.1 * wanted.abs().max()
    losses = half.train()(inputs, samples, mode='loss')
    sum(losses.values()).backward()
    wanted = plain.train()(inputs, samples, mode='loss')
    for name, value in losses.items():
        assert value.item() == pytest.approx(wanted[name].item(), rel=0.1)
    for name, weight in half.named_parameters():
        if weight.grad is not None:
            assert torch.isfinite(weight.grad).all(), name
    on_gpu = build_tiny(bfloat16_on=('cuda',))
    assert everything(on_gpu, inputs).equal(everything(build_tiny(), inputs))


def test_ignored_pixels_of_the_samples_reach_all_losses():
    model = build_tiny(cell_loss=dict(type='CellLoss'))
    inputs, one = draw_inputs(1), sample()
    targets = [one.gt_sequences]
    one.ignored_mask = ~targets[0].masks.any(0)
    with torch.no_grad():
        found = model(inputs, [one], mode='loss')
        outputs, decoded = model.decode(inputs)
        outputs.masks = model.segmenter(*decoded)
        wanted, plain = (
            model.criterion(outputs, targets, some)
            | {'loss_cell': model.cell_loss(decoded.fused, targets, some)}
            for some in ([one.ignored_mask], None)
        )
    for name, value in wanted.items():
        torch.testing.assert_close(found[name], value, rtol=1e-5, atol=1e-5)
    for name in ('loss_cls', 'loss_dice', 'loss_focal', 'loss_cell'):
        assert not torch.isclose(wanted[name], plain[name]), name
