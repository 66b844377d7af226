"""CutLER's detector against the published one.

The weights are filled by the rule of the folder's README under the official
names and go through our converter, so that it is checked as well.
"""

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmdet.structures.bbox import bbox2roi
from mmengine.config import Config

from mmselfshot.models.cutler.official_keys import (
    convert_official,
    official_names,
)
from mmselfshot.registry import MODELS

CONFIG = Path('configs/uvis/_base_/cutler_r50.py')
BUFFERS = 'running_mean', 'running_var', 'num_batches_tracked'


def fill(name, shape):
    """One official weight by the filler rule of the README."""
    rng = np.random.Generator(np.random.PCG64(zlib.crc32(name.encode())))
    if name.endswith('num_batches_tracked'):
        return np.zeros(shape, np.int64)
    x = rng.standard_normal(shape)
    fan = np.prod(shape[1:])
    if name.endswith('running_mean'):
        x = 0.05 * x
    elif name.endswith('running_var'):
        x = np.exp(0.1 * x)
    elif name.endswith('.norm.weight'):
        x = (0.25 if '.conv3.norm.' in name else 1) * (1 + 0.1 * x)
    elif name.endswith('.bias'):
        x = 0.05 * x
    elif name.endswith(('bbox_pred.weight', 'anchor_deltas.weight')):
        x = 0.1 * x / np.sqrt(fan)
    elif name.endswith(('cls_score.weight', 'objectness_logits.weight')):
        x = 0.2 * x / np.sqrt(fan)
    else:
        x = x * np.sqrt(2 / fan)
    return x.astype(np.float32)


def picture(seed, height, width):
    """(H, W, 3) uint8 by the formula of the README."""
    rng = np.random.Generator(np.random.PCG64(int(seed)))
    base = rng.integers(0, 256, (height // 16 + 1, width // 16 + 1, 3))
    blocks = np.kron(base, np.ones((16, 16, 1)))[:height, :width]
    noise = rng.integers(-20, 21, (height, width, 3))
    return np.clip(blocks + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope='module')
def keys(parity_dir):
    path = parity_dir / 'uvis' / 'cutler_cascade_keys.json'
    return json.loads(path.read_text())


@pytest.fixture(scope='module')
def model(keys, repo):
    weights = {name: fill(name, shape) for name, (shape, _) in keys.items()}
    model = MODELS.build(Config.fromfile(repo / CONFIG).cutler_model)
    model.load_state_dict(convert_official(weights), strict=True)
    return model.eval()


class Case:
    """What the program gave for one picture, and what ours gives."""

    def __init__(self, path, model):
        self.name = path.stem
        with np.load(path, allow_pickle=False) as arrays:
            self.saved = {name: arrays[name] for name in arrays.files}
        height, width = self.saved['hw'].tolist()
        pixels = picture(self.saved['image_seed'], height, width)
        frame = DetDataSample(
            metainfo=dict(
                ori_shape=(height, width),
                img_shape=(height, width),
                scale_factor=(1.0, 1.0),
            )
        )
        frames = torch.from_numpy(pixels).permute(2, 0, 1)[None, None]
        normalised = model.data_preprocessor(
            dict(inputs=[frames[0]], data_samples=[[frame]]), False
        )['inputs']
        self.inputs = normalised[0]
        self.frame = frame

    def compare(self, name, ours, rel=2e-5):
        """Up to `rel` of the greatest value."""
        saved = self.saved[name]
        ours = ours.numpy()
        assert ours.shape == saved.shape, (self.name, name)
        scale = max(np.abs(saved).max(), 1.0)
        gap = np.abs(ours - saved).max() / scale
        assert gap <= rel, (self.name, name, gap)


@pytest.fixture(scope='module')
def cases(parity_dir, model):
    paths = sorted((parity_dir / 'uvis').glob('cutler_det_*.npz'))
    assert paths
    return [Case(path, model) for path in paths]


def test_all_official_names_are_known(keys):
    assert sorted(official_names()) == sorted(keys)
    count = sum(
        int(np.prod(shape))
        for name, (shape, _) in keys.items()
        if not name.endswith(BUFFERS)
    )
    assert count == 71_776_866


def test_pyramid_and_proposals(cases, model):
    for case in cases:
        assert tuple(case.inputs.shape[-2:]) == tuple(case.saved['padded_hw'])
        with torch.no_grad():
            levels = model.extract_feat(case.inputs)
            scores, deltas = model.rpn_head(levels)
            (found,) = model.rpn_head.predict(levels, [case.frame])
        for level, feature in zip('23456', levels):
            channels = len(case.saved[f'fpn_p{level}'])
            case.compare(f'fpn_p{level}', feature[0, :channels])
        for level in '456':
            index = int(level) - 2
            case.compare(f'rpn_obj_p{level}', scores[index][0])
            case.compare(f'rpn_delta_p{level}', deltas[index][0])
        assert len(found) == case.saved['rpn_num']
        first = found[: len(case.saved['rpn_props'])]
        case.compare('rpn_props', first.bboxes)
        case.compare('rpn_prop_logits', first.scores.logit(), 1e-4)


def test_stages(cases, model):
    head = model.roi_head
    for case in cases:
        boxes = torch.from_numpy(case.saved['rois'])
        with torch.no_grad():
            levels = model.extract_feat(case.inputs)
            rois = bbox2roi([boxes])
            meta = case.frame.metainfo
            for stage in range(3):
                result = head._bbox_forward(stage, levels, rois)
                coder = head.bbox_head[stage].bbox_coder
                unclipped = coder.decode(rois[:, 1:], result['bbox_pred'])
                case.compare(f'stage{stage}_logits', result['cls_score'])
                case.compare(f'stage{stage}_deltas', result['bbox_pred'])
                case.compare(f'stage{stage}_boxes', unclipped)
                rois = head._refine(stage, rois, result['bbox_pred'], [meta])
            _, logs, _ = head._refine_roi(
                levels, bbox2roi([boxes]), [meta], (len(boxes),)
            )
            case.compare('avg_probs', logs[0].softmax(-1), 1e-6)
            mask_rois = bbox2roi([torch.from_numpy(case.saved['mask_boxes'])])
            masks = head._mask_forward(0, levels, mask_rois)['mask_preds']
        case.compare('mask_logits', masks)


def test_final_detections(cases, model):
    for case in cases:
        clip = [[case.frame]]
        with torch.no_grad():
            model(case.inputs[None], clip, mode='predict')
        found = case.frame.pred_instances
        assert len(found) == case.saved['det_num']
        first = found[: len(case.saved['det_scores'])]
        scores = first.scores.numpy()
        assert np.abs(scores - case.saved['det_scores']).max() <= 1e-5
        boxes = first.bboxes.numpy()
        assert np.abs(boxes - case.saved['det_boxes']).max() <= 1e-3
        areas = first.masks.sum((1, 2)).numpy()
        np.testing.assert_array_equal(areas, case.saved['det_mask_areas'])


def test_averaging_logits_would_be_seen(cases, model):
    """The recorded probabilities tell the two ways of averaging apart."""
    for case in cases:
        logits = [case.saved[f'stage{stage}_logits'] for stage in range(3)]
        mean = torch.from_numpy(np.mean(logits, axis=0)).softmax(-1).numpy()
        assert np.abs(mean - case.saved['avg_probs']).max() > 0.01
