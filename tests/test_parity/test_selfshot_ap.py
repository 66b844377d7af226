"""Foreground AP of videos against the recorded values of Self-Shot VIS."""

import numpy as np
import pytest
from vis_cases import annotation, labels, track, video

from mmselfshot.evaluation import (
    evaluate_vis,
    foreground_ap_by_class,
    score_results,
)
from mmselfshot.evaluation.vis_matching import IOU_THRS
from mmselfshot.structures import encode_masks

TOLERANCE = 1e-9


@pytest.fixture(scope='module')
def arrays(parity_dir):
    path = parity_dir / 'selfshot/video_ap.npz'
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


@pytest.fixture(scope='module')
def case(arrays):
    """All recorded videos as a label file and a result list."""
    videos, truth, results = [], [], []
    for v in range(len(arrays['video_class'])):
        masks, pred = arrays[f'v{v}__gt'], arrays[f'v{v}__pred']
        length, height, width = masks.shape[1:]
        videos.append(video(v, length, height=height, width=width))
        truth += [annotation(v, encode_masks(one > 0)) for one in masks]
        results += [
            track(v, encode_masks(one > 0), score=float(score))
            for one, score in zip(pred, arrays[f'v{v}__score'])
        ]
    assert videos and truth and results
    return labels(videos, truth), results


def test_pooled_ap_at_every_threshold(arrays, case):
    assert arrays['iou_thr'] == pytest.approx(IOU_THRS, rel=0, abs=1e-12)
    found = evaluate_vis(*case, view='foreground')
    ap = [found.at_iou(thr)[0] for thr in arrays['iou_thr']]
    assert ap == pytest.approx(arrays['ap_pooled'], rel=0, abs=TOLERANCE)
    assert found.stats()['AP50'] == pytest.approx(
        arrays['ap50_pooled'].item(), rel=0, abs=TOLERANCE
    )


def test_ap50_of_every_query_class(arrays, case):
    classes = arrays['video_class'].tolist()
    found = foreground_ap_by_class(
        score_results(*case), {v: [k] for v, k in enumerate(classes)}
    )
    assert list(found) == sorted(set(classes))
    assert list(found.values()) == pytest.approx(
        arrays['ap50_per_query_class'], rel=0, abs=TOLERANCE
    )
