"""Training losses and gradients against the published program."""

import zlib

import numpy as np
import pytest
import torch
from minvis_reference import build, cases_of
from mmdet.structures import DetDataSample, TrackDataSample
from mmdet.structures.mask import BitmapMasks
from mmengine.structures import InstanceData

from mmselfshot.models.minvis.official_keys import our_key


def fixed_rand(*shape, **kwargs):
    """Uniform draws that depend on the shape alone, as in the README."""
    if len(shape) == 1 and not isinstance(shape[0], int):
        shape = tuple(shape[0])
    seed = zlib.crc32(','.join(map(str, shape)).encode())
    draw = np.random.default_rng(seed).random(shape)
    return torch.from_numpy(draw.astype(np.float32))


def read_samples(arrays):
    inputs, samples = [], []
    while f'img{len(inputs)}' in arrays:
        index = len(inputs)
        image = arrays[f'img{index}']
        masks = arrays[f'masks{index}'].astype(np.uint8)
        height, width = image.shape[:2]
        frame = DetDataSample(
            metainfo=dict(img_shape=(height, width), is_labelled=True)
        )
        frame.gt_instances = InstanceData(
            labels=torch.from_numpy(arrays[f'labels{index}']).long(),
            masks=BitmapMasks(masks, height, width),
        )
        inputs.append(torch.from_numpy(image).permute(2, 0, 1)[None])
        samples.append(TrackDataSample(video_data_samples=[frame]))
    return dict(inputs=inputs, data_samples=samples)


def official_name(key):
    """`d3.loss_cls` is theirs `loss_ce_3`."""
    prefix, _, name = key.rpartition('.')
    name = name.replace('cls', 'ce')
    return f'{name}_{prefix[1:]}' if prefix else name


def test_losses_and_gradients_follow_the_published_ones(
    parity_dir, monkeypatch
):
    torch.set_num_threads(1)
    monkeypatch.setattr(torch, 'rand', fixed_rand)
    for name, case in cases_of(parity_dir, 'train').items():
        model = build(parity_dir, 'r50', case['num_classes'], case['salt'])
        try:
            model.train()
            check_case(parity_dir, name, case, model, monkeypatch)
        finally:
            model.zero_grad()
            model.eval()


def check_case(parity_dir, name, case, model, monkeypatch):
    arrays = np.load(parity_dir / 'minvis' / f'{name}.npz')
    data = model.data_preprocessor(read_samples(arrays), True)
    matched = []
    get_targets = model.head.get_targets

    def recording(*args):
        targets = get_targets(*args)
        matched.append([weights.nonzero()[:, 0] for weights in targets[3]])
        matched[-1].append(targets[2])
        return targets

    with monkeypatch.context() as patch:
        patch.setattr(model.head, 'get_targets', recording)
        losses = model(**data, mode='loss')
    found = {official_name(key): loss.item() for key, loss in losses.items()}
    assert set(found) == set(case['losses'])
    gaps = {
        key: abs(found[key] - value) / max(abs(value), 1e-6)
        for key, value in case['losses'].items()
        if value or found[key]
    }
    print(f'{name} max relative difference of losses {max(gaps.values()):.1e}')
    assert found == pytest.approx(case['losses'], rel=1e-3, abs=1e-6), name
    total = sum(losses.values())
    assert total.item() == pytest.approx(case['total'], rel=1e-3)
    check_matching(case, matched[-1], data)
    total.backward()
    parameters = dict(model.named_parameters())
    for key, expected in case['grad_norms'].items():
        norm = parameters[our_key(key)].grad.norm().item()
        print(f'{name} {key} gradient {norm / expected - 1:.1e} off')
        assert norm == pytest.approx(expected, rel=1e-2), key


def check_matching(case, last, data):
    """The last layer's matching: queries rise, each with its target."""
    *queries, targets = last
    for index, (expected, found) in enumerate(
        zip(case['final_matching'], queries)
    ):
        expected_queries, expected_targets = expected
        assert found.tolist() == expected_queries
        masks = data['data_samples'][index][0].gt_instances.masks.masks
        for mask, target in zip(targets[index], expected_targets):
            assert (mask.cpu().numpy() == masks[target]).all()
