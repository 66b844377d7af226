"""The shipped CLIP is the one of its record, and names what it says."""

import hashlib

import pytest
import torch

from mmselfshot.apis.toy_clip import PROMPT, STILLS, STILLS_SEED
from mmselfshot.assets import asset_path
from mmselfshot.datasets.toyvis import make_world
from mmselfshot.datasets.toyvis.outlines import ALL_KINDS, EASY_KINDS
from mmselfshot.evaluation.zero_shot import accuracy_on_stills
from mmselfshot.labelling import CLIPNamer
from mmselfshot.models.backbones import OpenCLIP
from mmselfshot.utils import read_json

WEIGHTS, RECORD = 'mmselfshot://toy_clip.pth', 'mmselfshot://toy_clip.json'
FOUNDATION = ('toy_clip.pth', 'toy_dino_vit.pth', 'toy_resnet18_named.pth')


@pytest.fixture(scope='module')
def record():
    return read_json(asset_path(RECORD))


@pytest.fixture(scope='module')
def clip():
    return OpenCLIP(pretrained=WEIGHTS, model_config=RECORD)


def test_weights_are_those_of_the_record(record):
    content = asset_path(WEIGHTS).read_bytes()
    assert hashlib.sha256(content).hexdigest() == record['sha256']
    assert len(content) == record['bytes'] < 5_000_000
    assert record['accuracy_val'] > 0.8
    assert record['accuracy_val_easy'] > 0.9


def test_shipped_foundation_models_are_below_10_megabytes():
    sizes = [asset_path(name).stat().st_size for name in FOUNDATION]
    assert sum(sizes) < 10_000_000


def test_config_that_trained_it_describes_it(record, repo):
    from mmengine.config import Config

    stages = record['configs']
    cfg = Config.fromfile(repo / 'configs/toyvis' / stages[-1])
    assert cfg.model.clip.model_config.to_dict() == record['model_cfg']
    assert tuple(cfg.model.kinds) == ALL_KINDS
    assert record['stills']['seed'] == STILLS_SEED


def test_recorded_accuracy_holds_on_held_out_stills(record, clip, tmp_path):
    """Half of the recorded stills, within 3 standard errors."""
    make_world(
        tmp_path,
        level='standard',
        seed=STILLS_SEED,
        num_workers=1,
        **dict.fromkeys(('num_train', 'num_val', 'num_pool'), 0),
        **dict(num_davis_train=0, num_davis_val=0, num_stills_train=0),
        num_stills_val=800,
        **STILLS['side64'],
    )
    for kinds, stated in (
        (ALL_KINDS, record['accuracy_val']),
        (EASY_KINDS, record['accuracy_val_easy']),
    ):
        namer = CLIPNamer(clip, kinds, (PROMPT,))
        share, number = accuracy_on_stills(namer, tmp_path)
        error = (stated * (1 - stated) / number) ** 0.5
        assert abs(share - stated) < 3 * error


def test_colours_are_known_too(clip):
    """Open vocabulary: painted discs are told by any word of the captions."""
    import numpy as np

    rows, columns = np.mgrid[:48, :48] - 23.5
    is_disc = rows**2 + columns**2 < 18**2
    colours = {'red': (225, 45, 45), 'blue': (50, 90, 225)}
    pictures = []
    for colour in colours.values():
        picture = np.full((48, 48, 3), (190, 180, 150), dtype=np.uint8)
        picture[is_disc] = colour
        pictures.append(picture)
    texts = clip.encode_texts([f'a {colour} disc' for colour in colours])
    cosines = clip.encode_images(pictures) @ texts.T
    assert torch.equal(cosines.argmax(1), torch.tensor([0, 1]))
