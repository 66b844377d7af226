"""Encoder of tokens and decoder of slots."""

import pytest
import torch

from mmselfshot.models.selfshot import SlotDecoder, SpatioTemporalEncoder
from mmselfshot.utils import UserError

SIZES = dict(dims=12, num_heads=3, ffn_dims=20)


def build(kind, num_layers=2, **options):
    return kind(num_layers, **SIZES, **options).eval()


def tokens(num=6, batch=2):
    return torch.randn(batch, num, 12)


def test_encoder_agrees_with_torch_without_position():
    """torch's layer is the same post-norm layer, where nothing is added."""
    encoder = build(SpatioTemporalEncoder, 1)
    layer = encoder.layers[0]
    other = torch.nn.TransformerEncoderLayer(12, 3, 20, batch_first=True)
    maps = [layer.attention.query, layer.attention.key, layer.attention.value]
    with torch.no_grad():
        attention = other.self_attn
        attention.in_proj_weight.copy_(torch.cat([m.weight for m in maps]))
        attention.in_proj_bias.zero_()
    attention.out_proj.load_state_dict(layer.attention.out.state_dict())
    other.linear1.load_state_dict(layer.ffn[0].state_dict())
    other.linear2.load_state_dict(layer.ffn[3].state_dict())
    some = tokens()
    torch.testing.assert_close(encoder(some), other.eval()(some))


def test_position_reaches_query_and_key_but_not_value():
    """Equal tokens have one value: where they lie cannot show."""
    encoder = build(SpatioTemporalEncoder)
    equal = torch.randn(2, 1, 12).expand(2, 6, 12)
    torch.testing.assert_close(encoder(equal, tokens()), encoder(equal))
    some = tokens()
    assert not torch.allclose(encoder(some, tokens()), encoder(some))


def test_positions_of_the_decoder_are_not_in_the_values():
    """Slots start equal, and so do equal tokens: only values can differ."""
    decoder = build(SlotDecoder, 1)
    equal = torch.randn(2, 1, 12).expand(2, 6, 12)
    embed = torch.randn(4, 12)
    found = decoder(equal, None, embed)
    torch.testing.assert_close(decoder(equal, tokens(), embed), found)
    torch.testing.assert_close(
        found[0, :, :1].expand(-1, 4, -1), found[0], rtol=0, atol=1e-5
    )


def test_tokens_without_position_have_no_order():
    encoder, some = build(SpatioTemporalEncoder), tokens()
    order = torch.randperm(6)
    torch.testing.assert_close(
        encoder(some[:, order]), encoder(some)[:, order]
    )


def test_position_of_all_videos_may_be_given_once():
    encoder, some, position = (
        build(SpatioTemporalEncoder),
        tokens(),
        tokens(6, 1),
    )
    torch.testing.assert_close(
        encoder(some, position), encoder(some, position.expand(2, -1, -1))
    )


def test_encoder_without_layers_is_off():
    some = tokens()
    assert build(SpatioTemporalEncoder, 0)(some, tokens()) is some


def test_decoder_gives_every_layer_through_one_norm():
    decoder, memory = build(SlotDecoder, 3), tokens()
    found = decoder(memory, None, torch.randn(4, 12))
    assert found.shape == (3, 2, 4, 12)
    torch.testing.assert_close(found.mean(-1), torch.zeros(3, 2, 4))
    shorter = build(SlotDecoder, 3)
    shorter.load_state_dict(decoder.state_dict())
    del shorter.layers[2]
    embed = torch.randn(4, 12)
    torch.testing.assert_close(
        decoder(memory, None, embed)[:2], shorter(memory, None, embed)
    )


def test_slots_follow_their_embeddings():
    decoder, memory, embed = build(SlotDecoder), tokens(), torch.randn(4, 12)
    order = torch.randperm(4)
    torch.testing.assert_close(
        decoder(memory, None, embed[order]),
        decoder(memory, None, embed)[:, :, order],
    )


def test_memory_has_no_order_but_its_position():
    decoder, memory, embed = build(SlotDecoder), tokens(), torch.randn(4, 12)
    order, position = torch.randperm(6), tokens()
    found = decoder(memory, position, embed)
    torch.testing.assert_close(
        decoder(memory[:, order], position[:, order], embed), found
    )
    assert not torch.allclose(decoder(memory, position.flip(1), embed), found)


@pytest.mark.parametrize('kind', [SpatioTemporalEncoder, SlotDecoder])
def test_checkpointing_changes_no_gradient(kind):
    gradients = []
    for is_checkpointed in (False, True):
        torch.manual_seed(1)
        model = build(kind, is_checkpointed=is_checkpointed).train()
        some = tokens().requires_grad_()
        inputs = (some, None)
        if kind is SlotDecoder:
            inputs = (*inputs, torch.randn(4, 12))
        model(*inputs).square().sum().backward()
        gradients.append([some.grad, *(p.grad for p in model.parameters())])
    for plain, repeated in zip(*gradients):
        torch.testing.assert_close(repeated, plain)


def test_every_parameter_learns():
    decoder = build(SlotDecoder)
    decoder(tokens(), tokens(), torch.randn(4, 12)).square().sum().backward()
    assert all(p.grad is not None for p in decoder.parameters())


def test_runs_in_bfloat16():
    encoder = build(SpatioTemporalEncoder).train()
    with torch.autocast('cpu', torch.bfloat16):
        found = encoder(tokens(), tokens())
    assert found.dtype == torch.float32 and found.isfinite().all()


def test_decoder_without_layers_is_refused():
    with pytest.raises(UserError, match='num_layers=0'):
        build(SlotDecoder, 0)
