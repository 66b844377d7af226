"""Sparse-MinVIS's targets, joint step and frame tables, as recorded."""

import json

import numpy as np
import pytest
import torch
from minvis_reference import build, cases_of, unpack_masks
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData
from test_minvis_losses import fixed_rand, official_name

from mmselfshot.datasets import count_sparse_frames, spread_frames
from mmselfshot.models.minvis import pseudo_targets


def test_pseudo_targets_are_the_published_ones(parity_dir):
    for name, case in cases_of(parity_dir, 'pseudo').items():
        arrays = np.load(parity_dir / 'minvis' / f'{name}.npz')
        padded = tuple(arrays['padded_size'].tolist())
        logits, masks = arrays['pred_logits'], arrays['pred_masks']
        assert len(logits) == case['N']
        for index in range(len(logits)):
            targets = pseudo_targets(
                torch.from_numpy(logits[index]),
                torch.from_numpy(masks[index]),
                padded,
                float(arrays['threshold']),
            )
            labels = arrays[f'labels{index}']
            assert targets.labels.tolist() == labels.tolist()
            assert targets.masks.shape == (len(labels), *padded)
            if not len(labels):
                continue
            assert targets.queries.tolist() == arrays[f'query{index}'].tolist()
            assert targets.scores.numpy() == pytest.approx(
                arrays[f'scores{index}'], abs=1e-5
            )
            expected = unpack_masks(
                arrays[f'masks_bits{index}'].reshape(len(labels), -1),
                np.array(targets.masks.shape),
            )
            found = targets.masks.numpy().astype(bool)
            assert (found != expected).mean() <= 1e-4


def labelled_sample(labels, masks):
    sample = DetDataSample(metainfo=dict(img_shape=masks.shape[-2:]))
    sample.gt_instances = InstanceData(labels=labels, masks=masks)
    return sample


def test_joint_step_gives_the_published_losses(parity_dir, monkeypatch):
    """A file whose frames get the published dummy target is left out."""
    torch.set_num_threads(1)
    monkeypatch.setattr(torch, 'rand', fixed_rand)
    for name, case in cases_of(parity_dir, 'train_sparse').items():
        if sum(case['pseudo_kept']) == 0:
            continue
        arrays = np.load(parity_dir / 'minvis' / f'{name}.npz')
        model = build(
            parity_dir, 'r50', case.get('num_classes', 40), case['salt']
        )
        try:
            model.train()
            check_joint_step(arrays, case, model)
        finally:
            model.eval()


def check_joint_step(arrays, case, model):
    video = torch.from_numpy(arrays['frames']).permute(0, 3, 1, 2)
    frames = model.data_preprocessor(
        dict(inputs=[video], data_samples=None), False
    )['inputs'][0]
    padded = tuple(frames.shape[-2:])
    height, width = arrays['masks'].shape[1:]
    masks = torch.zeros((len(arrays['labels']), *padded), dtype=torch.uint8)
    masks[:, :height, :width] = torch.from_numpy(arrays['masks'])
    labels = torch.from_numpy(arrays['labels']).long()
    samples = [labelled_sample(labels, masks)]
    with torch.no_grad():
        logits, mask_logits, _ = model.predict_frames(frames[1:])
    for index, kept in enumerate(case['pseudo_kept']):
        targets = pseudo_targets(
            logits[index], mask_logits[index], padded, case['threshold']
        )
        assert len(targets.labels) == kept
        labels = targets.labels.sort().values  # they are recorded sorted
        assert labels.tolist() == case['pseudo_labels'][index]
        samples.append(labelled_sample(targets.labels, targets.masks))
    losses = model.head.loss(model.backbone(frames), samples)
    found = {official_name(key): loss.item() for key, loss in losses.items()}
    assert found == pytest.approx(case['losses'], rel=1e-3, abs=1e-6)
    total = sum(losses.values()).item()
    assert total == pytest.approx(case['total'], rel=1e-3)


def test_frame_tables_are_the_published_ones(parity_dir):
    path = parity_dir / 'minvis' / 'sparse_frames.json'
    tables = json.loads(path.read_text())
    for ratio, by_length in tables['minvis_ratio_frames'].items():
        for length, frames in by_length.items():
            assert spread_frames(int(length), float(ratio)) == frames
    for shares, by_length in tables['sparse_minvis_datagen_counts'].items():
        labelled, unlabelled = map(float, shares.split('/'))
        for length, counts in by_length.items():
            found = count_sparse_frames(int(length), labelled, unlabelled)
            assert list(found) == counts
