"""Attention that stays in a mask, inside CLIP's image towers."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from tiny_clip import RESNET, VIT, tiny_clip

from mmselfshot.models.backbones.masked_image_tower import class_token_mask
from mmselfshot.utils import UserError

TOWERS = {'vit': {**VIT, 'layers': 3}, 'resnet': RESNET}


def draw(clip, seed=0):
    """Three crops and their masks, with holes."""
    rng = np.random.default_rng(seed)
    shapes = [(40, 40), (20, 40), (70, 30)]
    crops = [rng.integers(0, 256, (*s, 3), dtype=np.uint8) for s in shapes]
    masks = [np.zeros(shape, dtype=bool) for shape in shapes]
    for mask in masks:
        mask[: mask.shape[0] // 2] = True
    return crops, masks


def test_class_token_is_kept_from_hidden_cells_in_every_head():
    seen = torch.tensor([[[True, False]], [[False, True]]])  # N=2, h=1, w=2
    mask = class_token_mask(seen, num_heads=2)
    assert mask.shape == (4, 3, 3)
    assert mask[0, 0].tolist() == mask[1, 0].tolist() == [False, False, True]
    assert mask[2, 0].tolist() == mask[3, 0].tolist() == [False, True, False]
    assert not mask[:, 1:].any()


@pytest.mark.parametrize('name', TOWERS)
def test_all_true_mask_gives_the_plain_features(name):
    clip = tiny_clip(vision=TOWERS[name])
    crops, masks = draw(clip)
    everywhere = [np.ones_like(mask) for mask in masks]
    plain = clip.encode_images(crops)
    torch.testing.assert_close(
        clip.encode_images(crops, everywhere), plain, atol=1e-6, rtol=1e-5
    )
    assert (clip.encode_images(crops, masks) - plain).abs().max() > 1e-3
    # and the tower is as it was
    torch.testing.assert_close(clip.encode_images(crops), plain)


def test_one_block_knows_nothing_of_hidden_patches():
    clip = tiny_clip()
    crops, masks = draw(clip)
    crops, masks = crops[:1], masks[:1]  # 40 x 40, upper half seen
    changed = crops[0].copy()
    changed[24:] = 255 - changed[24:]  # well below the seen cells
    torch.testing.assert_close(
        clip.encode_images([changed], masks), clip.encode_images(crops, masks)
    )
    plain = clip.encode_images(crops) - clip.encode_images([changed])
    assert plain.abs().max() > 1e-3


def test_resnet_pools_the_seen_cells_only():
    """Slow version: the hidden tokens are not there at all."""
    clip = tiny_clip(vision={**RESNET, 'image_size': 96})
    tower, pool = clip.clip.visual, clip.clip.visual.attnpool
    torch.manual_seed(0)
    pixels = torch.randn(2, 3, 96, 96)
    seen = torch.zeros(2, 3, 3, dtype=torch.bool)
    seen[0, 0, :2] = True
    seen[1, 2, 1] = True
    with torch.no_grad():
        found = clip.masked_tower(pixels, seen)
        cells = tower.stem(pixels)
        for k in range(1, 5):
            cells = getattr(tower, f'layer{k}')(cells)
        for n in range(2):
            place = seen[n].flatten().nonzero()[:, 0]
            tokens = cells[n].flatten(1).T[place]
            tokens = torch.cat([tokens.mean(0, keepdim=True), tokens])
            where = torch.cat([torch.zeros(1, dtype=torch.long), place + 1])
            tokens = tokens + pool.positional_embedding[where]
            q, k, v = (
                part(tokens).view(len(tokens), pool.num_heads, -1)
                for part in (pool.q_proj, pool.k_proj, pool.v_proj)
            )
            weight = torch.einsum('hc,lhc->hl', q[0], k) / q.shape[2] ** 0.5
            mixed = torch.einsum('hl,lhc->hc', weight.softmax(1), v)
            expected = pool.c_proj(mixed.flatten())
            torch.testing.assert_close(
                found[n], expected, atol=1e-5, rtol=1e-4
            )


def test_number_of_masked_blocks_counts_from_the_end():
    crops, masks = draw(tiny_clip())
    found = [
        tiny_clip(vision=TOWERS['vit'], num_masked_blocks=count).encode_images(
            crops, masks
        )
        for count in (0, 1, 2, 3, 9)
    ]
    plain = tiny_clip(vision=TOWERS['vit']).encode_images(crops)
    torch.testing.assert_close(found[0], plain)
    torch.testing.assert_close(found[3], found[4])
    half = tiny_clip(vision=TOWERS['vit']).encode_images(crops, masks)
    torch.testing.assert_close(found[2], half)  # 2 of 3, rounded up
    assert (found[1] - found[2]).abs().max() > 1e-4


def test_speck_smaller_than_a_cell_still_has_one():
    clip = tiny_clip()
    mask = np.zeros((32, 32), dtype=bool)
    mask[9, 17] = True  # row 1, column 2 of the 4 x 4 cells
    cells = clip._fit_mask(mask)
    assert cells.nonzero().tolist() == [[1, 2]]


def test_mask_lies_where_the_padded_crop_lies():
    """A 10 x 40 crop fills rows 12 to 19: half of rows 1 and 2 of cells."""
    clip = tiny_clip()
    mask = np.zeros((10, 40), dtype=bool)
    mask[:, :10] = True
    cells = clip._fit_mask(mask)
    assert cells.nonzero().tolist() == [[1, 0], [2, 0]]


def test_tower_without_class_token_is_refused():
    clip = tiny_clip(vision={**VIT, 'pool_type': 'avg'})
    crop = np.zeros((8, 8, 3), dtype=np.uint8)
    half = np.eye(8, dtype=bool)
    with pytest.raises(UserError, match="use region='box' or 'square'"):
        clip.encode_images([crop], [half])
    assert F.cosine_similarity(
        clip.encode_images([crop]), clip.encode_images([crop])
    ) == pytest.approx(1)
