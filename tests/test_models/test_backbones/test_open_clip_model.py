"""Crops and texts through a CLIP model of open_clip, and its files."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_clip import VIT, clip_config, tiny_clip

from mmselfshot.models.backbones import OpenCLIP
from mmselfshot.utils import UserError


@pytest.fixture(scope='module')
def clip():
    return tiny_clip()


def picture(height, width, seed=0):
    draw = np.random.default_rng(seed)
    return draw.integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_square_crop_is_prepared_as_open_clip_does(clip):
    from open_clip.transform import PreprocessCfg, image_transform_v2

    recipe = PreprocessCfg(**clip.clip.visual.preprocess_cfg)
    transform = image_transform_v2(recipe, is_train=False)
    for side in (9, 32, 50):
        crop = picture(side, side)
        torch.testing.assert_close(
            clip.prepare(crop), transform(Image.fromarray(crop))
        )


def test_long_crop_is_padded_with_the_mean_colour(clip):
    """10 x 40 becomes 8 x 32 in rows 12 to 19 of 32 x 32."""
    crop = np.full((10, 40, 3), 255, dtype=np.uint8)
    pixels = clip.prepare(crop)
    white = (1 - clip.mean) / clip.std
    assert pixels.shape == (3, 32, 32)
    assert (pixels[:, :12] == 0).all() and (pixels[:, 20:] == 0).all()
    torch.testing.assert_close(pixels[:, 12:20], white.expand(3, 8, 32))


def test_stretched_crop_fills_the_square():
    clip = tiny_clip(fit='stretch')
    crop = np.full((10, 40, 3), 255, dtype=np.uint8)
    white = (1 - clip.mean) / clip.std
    torch.testing.assert_close(clip.prepare(crop), white.expand(3, 32, 32))


@pytest.mark.parametrize('shape', [(1, 1), (1, 300), (300, 1)])
def test_thinnest_crops_have_features(clip, shape):
    features = clip.encode_images([picture(*shape)])
    assert features.shape == (1, 32) and features.isfinite().all()


def test_features_have_unit_length_and_no_crop_sees_another(clip):
    crops = [picture(20, 30, 1), picture(64, 9, 2), picture(5, 5, 3)]
    together = clip.encode_images(crops)
    torch.testing.assert_close(together.norm(dim=1), torch.ones(3))
    clip.batch_size, size = 2, clip.batch_size
    in_parts = clip.encode_images(crops[::-1]).flip(0)
    clip.batch_size = size
    torch.testing.assert_close(together, in_parts)


def test_image_and_text_features_are_those_of_open_clip(clip):
    crop = picture(32, 32)
    texts = ['a photo of a cat', 'a photo of a dog']
    with torch.no_grad():
        image = clip.clip.encode_image(clip.prepare(crop)[None])
        text = clip.clip.encode_text(clip.tokenizer(texts))
    torch.testing.assert_close(
        clip.encode_images([crop]), image / image.norm()
    )
    torch.testing.assert_close(
        clip.encode_texts(texts), text / text.norm(dim=1, keepdim=True)
    )


def test_texts_are_encoded_once_in_any_order():
    clip = tiny_clip()
    seen = []
    clip.clip.transformer.register_forward_hook(
        lambda module, args, output: seen.append(len(output))
    )
    one = clip.encode_texts(['a cat', 'a dog'])
    other = clip.encode_texts(['a dog', 'a fish', 'a cat', 'a dog'])
    assert seen == [2, 1]
    assert torch.equal(other[[2, 0, 3]], one[[0, 1, 1]])


def test_training_forgets_old_texts():
    clip = tiny_clip()
    before = clip.encode_texts(['a cat'])
    clip.train()
    with torch.no_grad():
        clip.clip.text_projection.neg_()
    clip.eval()
    torch.testing.assert_close(clip.encode_texts(['a cat']), -before)


def test_no_crop_and_no_text_give_no_feature(clip):
    assert clip.encode_images([]).shape == (0, 32)
    assert clip.encode_texts([]).shape == (0, 32)


def save_as(kind, state, folder):
    path = folder / f'weights.{"safetensors" if kind == "safe" else "pt"}'
    if kind == 'safe':
        from safetensors.torch import save_file

        save_file(state, path)
    elif kind == 'bare':
        torch.save(state, path)
    elif kind == 'checkpoint':
        half = {name: value.half() for name, value in state.items()}
        torch.save({'state_dict': half, 'meta': {'note': 'x'}}, path)
    else:
        torch.save({f'module.{k}': v for k, v in state.items()}, path)
    return str(path)


@pytest.mark.parametrize('kind', ['safe', 'bare', 'checkpoint', 'ddp'])
def test_every_kind_of_file_fills_the_model(tmp_path, kind):
    saved = tiny_clip(seed=1)
    path = save_as(kind, saved.clip.state_dict(), tmp_path)
    filled = tiny_clip(seed=2, pretrained=path)
    crop = picture(32, 32)
    torch.testing.assert_close(
        filled.encode_images([crop]),
        saved.encode_images([crop]),
        atol=2e-3 if kind == 'checkpoint' else 1e-6,
        rtol=0,
    )


def test_model_config_may_be_a_file_with_its_own_mean(tmp_path):
    path = tmp_path / 'model.json'
    recipe = dict(mean=[0.5, 0.25, 0.0], std=[1.0, 1.0, 0.5])
    content = dict(model_cfg=clip_config(), preprocess_cfg=recipe, note='x')
    path.write_text(json.dumps(content))
    clip = OpenCLIP(model_config=str(path))
    pixels = clip.prepare(np.full((4, 4, 3), 255, dtype=np.uint8))
    assert pixels[:, 0, 0].tolist() == [0.5, 0.75, 2.0]


def test_named_model_is_built():
    clip = OpenCLIP('RN50')
    assert clip.size == (224, 224) and clip.masked_tower.grid == (7, 7)
    assert clip.logit_scale == pytest.approx(1 / 0.07)


def test_file_of_another_model_is_refused(tmp_path):
    state = tiny_clip(vision={**VIT, 'width': 48}).clip.state_dict()
    path = save_as('bare', state, tmp_path)
    with pytest.raises(UserError, match='of another model than'):
        tiny_clip(pretrained=path)


def test_torchscript_archive_is_refused(tmp_path):
    path = tmp_path / 'RN50.pt'
    torch.jit.script(torch.nn.Linear(2, 2)).save(str(path))
    with pytest.raises(UserError, match='TorchScript archive; expected'):
        tiny_clip(pretrained=str(path))


@pytest.mark.parametrize('name', ['cut.pt', 'cut.safetensors'])
def test_broken_file_is_named(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b'not weights at all')
    with pytest.raises(UserError, match=rf'{name} is no readable file'):
        tiny_clip(pretrained=str(path))


def test_missing_file_names_the_tags():
    with pytest.raises(UserError, match=r'no CLIP weights gone\.pt.*openai'):
        OpenCLIP('RN50', pretrained='gone.pt')


def test_tag_without_network_says_what_to_do(monkeypatch):
    import open_clip.factory

    def fail(*args, **kwargs):
        raise OSError('[Errno -3] Temporary failure in name resolution')

    monkeypatch.setattr(open_clip.factory, 'download_pretrained', fail)
    with pytest.raises(UserError, match='cannot download openai of RN50'):
        OpenCLIP('RN50', pretrained='openai')


@pytest.mark.parametrize(
    ('settings', 'message'),
    [
        (dict(model='ViT-B-23'), 'no model ViT-B-23; near ones are ViT-B-'),
        (dict(), 'neither model nor model_config'),
        (dict(model_config=dict(embed_dim=3)), 'has no vision_cfg, text_cfg'),
        (dict(model_config='gone.json'), r'no file gone\.json'),
        (dict(model='RN50', fit='crop'), "fit='crop'"),
        (dict(model='local-dir:/gone'), r'no open_clip_config\.json'),
    ],
)
def test_wrong_settings_are_named(settings, message):
    with pytest.raises(UserError, match=message):
        OpenCLIP(**settings)
