"""The encoder of a config, its weights, its name, its vectors."""

import numpy as np
import pytest
import torch
from tiny_wilful import encoder_cfg, write_checkpoint

from mmselfshot.apis.clip_embedder import ClipEmbedder, segments_of
from mmselfshot.utils import UserError


def embedder_of(seed=0, checkpoint='none', **options):
    cfg = dict(model=dict(encoder=encoder_cfg(seed)))
    return ClipEmbedder(cfg, checkpoint, device='cpu', **options)


def some_frames(num_segments=3, size=(24, 32)):
    rng = np.random.default_rng(0)
    shape = (num_segments, 2, *size, 3)
    return rng.integers(0, 256, shape, dtype=np.uint8)


def test_vector_is_the_mean_direction_of_the_segments():
    """Against the encoder, called on each segment alone."""
    embedder = embedder_of()
    frames = some_frames(size=(16, 16))
    units = []
    for segment in torch.from_numpy(frames).permute(0, 1, 4, 2, 3).float():
        with torch.no_grad():
            vector = embedder.encoder(segment[None])[0].double()
        units.append(vector / vector.norm())
    mean = torch.stack(units).mean(0)
    expected = mean / mean.norm()
    assert torch.allclose(embedder(frames).double(), expected, atol=1e-6)


def test_fitted_frames_give_the_same_vector():
    embedder = embedder_of()
    frames = some_frames(size=(40, 24))
    fitted = embedder.fit(frames)
    assert fitted.shape == (3, 2, 16, 16, 3) and fitted.dtype == torch.uint8
    assert torch.equal(embedder(fitted), embedder(frames))


def test_hash_tells_weights_and_segments_apart(tmp_path):
    """Not where the weights came from."""
    path = write_checkpoint(tmp_path / 'a.pth', seed=1)
    trained = embedder_of(0, str(path))
    assert trained.hash == embedder_of(1).hash
    assert trained.hash != embedder_of(0).hash
    assert trained.hash != embedder_of(1, num_segments=3).hash
    assert segments_of(trained.hash) == 5
    assert segments_of(embedder_of(num_segments=12).hash) == 12
    assert segments_of('unknown') == 5
    torch.manual_seed(5)  # of the caller; it does not matter
    assert embedder_of(None).hash == embedder_of(None).hash


def test_mistakes_are_one_line(tmp_path):
    with pytest.raises(UserError, match=r'the config has no model\.encoder'):
        ClipEmbedder({}, 'none')
    with pytest.raises(UserError, match='no checkpoint'):
        embedder_of(checkpoint=str(tmp_path / 'gone.pth'))
    with pytest.raises(UserError, match='0 segments'):
        embedder_of(num_segments=0)
    torch.save({'state_dict': {'x': torch.zeros(1)}}, tmp_path / 'x.pth')
    with pytest.raises(UserError, match='another model'):
        embedder_of(checkpoint=str(tmp_path / 'x.pth'))
