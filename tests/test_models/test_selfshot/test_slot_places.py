"""Places that slots start from."""

import pytest
import torch
from tiny_selfshot import build_tiny, draw_inputs

from mmselfshot.models.selfshot import sine_grid_3d
from mmselfshot.models.selfshot.slot_heads import SlotHeads
from mmselfshot.models.selfshot.slot_places import SlotPlaces


def test_ten_slots_stand_in_two_rows_of_five():
    places = SlotPlaces(10).places
    assert torch.allclose(places[0], torch.tensor([0.1, 0.25]))
    assert torch.allclose(places[4], torch.tensor([0.9, 0.25]))
    assert torch.allclose(places[9], torch.tensor([0.9, 0.75]))


@pytest.mark.parametrize('num_slots', [1, 4, 7, 12])
def test_any_number_of_slots_has_places_inside(num_slots):
    places = SlotPlaces(num_slots).places
    assert places.shape == (num_slots, 2)
    assert len(places.unique(dim=0)) == num_slots
    assert ((places > 0) & (places < 1)).all()


def test_codes_are_positions_of_the_cells_there():
    """Place (.25, .25) of 4x8 cells lies in row 1, column 2."""
    grid = sine_grid_3d((3, 4, 8), 12)
    position = grid.flatten(0, 2)[None]
    codes = SlotPlaces(4).codes(position, (3, 4, 8)).view(3, 4, 12)
    assert torch.equal(codes[2, 0], grid[2, 1, 2])
    assert torch.equal(codes[1, 3], grid[1, 3, 6])


def test_boxes_start_around_the_places():
    places = SlotPlaces(4)
    heads = SlotHeads(12, side=0.2)
    _, boxes = heads(torch.zeros(2, 3, 4, 12), places.references)
    assert torch.allclose(boxes[1, 2, :, :2], places.places, atol=1e-6)
    assert torch.allclose(boxes[..., 2:], torch.tensor(0.2), atol=1e-6)


def test_slots_differ_and_ask_near_their_place_at_the_start():
    """The decoder's first attention, before any training."""
    torch.manual_seed(0)
    model = build_tiny(place_gain=8.0, temperature=20.0)
    inputs = draw_inputs(0)
    encoder = model.episode_encoder
    tokens, size, _ = encoder.encode_query(inputs['query'])
    position = encoder.cell_position(size, tokens)
    codes = model.slot_places.codes(position, size)
    attention = model.decoder.layers[0].cross_attention
    asked = attention.query(codes) @ attention.key(position[0]).T
    cells = model.slot_places.codes(
        torch.arange(position.shape[1]).view(1, -1, 1), size
    )
    at_home = asked.argmax(1) == cells[:, 0]
    assert at_home.float().mean() > 0.8  # of 18 cells
    plain, placed = (
        one.decode(inputs)[1].slots[0, 0] for one in (build_tiny(), model)
    )
    assert spread(placed) > 3 * spread(plain)


def spread(slots):
    return (slots - slots.mean(0)).square().mean().sqrt()


@pytest.mark.parametrize('place_gain', [None, 4.0])
def test_slots_read_positions_whatever_the_encoders_have(place_gain):
    """Else tokens in another order were the same to them."""
    model = build_tiny(place_gain=place_gain, position=[])
    inputs = draw_inputs(None)
    encoded = model.episode_encoder.encode_query(inputs['query'])
    turned = encoded._replace(tokens=encoded.tokens.flip(1))
    first, second = (
        model.decode({**inputs, 'encoded_query': one})[1].slots
        for one in (encoded, turned)
    )
    assert (first - second).abs().max() > 1e-3


@pytest.mark.parametrize('branch', ['query', 'support'])
def test_an_encoder_adds_positions_in_its_branches_alone(branch):
    """Without positions the order of the cells does not matter."""
    for position in ([], ['query'], ['support'], ['query', 'support']):
        encoder = build_tiny(position=position).episode_encoder
        features = torch.randn(1, 2, encoder.projection.in_channels, 2, 3)
        first, second = (
            encoder._encode(one, branch)[0]
            for one in (features, features.flip(1, 3, 4))
        )
        far = (first - second.flip(1)).abs().max()
        assert (far > 1e-3) == (branch in position)


@pytest.mark.parametrize('place_gain', [None, 4.0])
def test_slot_i_of_frame_t_has_embedding_t_n_plus_i(monkeypatch, place_gain):
    model, inputs = build_tiny(place_gain=place_gain), draw_inputs(None)
    monkeypatch.setattr(
        model.decoder,
        'forward',
        lambda memory, position, embed: embed[None, None],
    )
    wanted = model.query_embed.weight
    if place_gain:
        tokens, size, _ = model.episode_encoder.encode_query(inputs['query'])
        position = model.episode_encoder.cell_position(size, tokens)
        wanted = wanted + model.slot_places.codes(position, size)
    found = model.decode(inputs)[1].slots[0]
    assert torch.equal(found, wanted.view(3, 4, 12))
