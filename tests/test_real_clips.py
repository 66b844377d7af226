"""The main job on real video: sparse labels in, masks of every frame out."""

import os
import subprocess
import sys

import av
import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from mmselfshot.datasets import LabelFile
from mmselfshot.evaluation import read_results
from mmselfshot.evaluation.vis_report import make_report
from mmselfshot.structures import decode_mask

JUDO, SOURCE, HELD_OUT = 1, 5, (8, 13)
pytestmark = pytest.mark.slow


def run_tool(repo, data, tool, *words):
    env = {**os.environ, 'MMSELFSHOT_DATA': str(data)}
    command = [sys.executable, repo / 'tools' / tool, *words]
    subprocess.run([str(word) for word in command], env=env, check=True)


def train_and_test(repo, data, work_dir, name, *options):
    config = repo / 'configs/minvis' / name
    more = ['--cfg-options', *options] if options else []
    run_tool(repo, data, 'train.py', config, '--work-dir', work_dir, *more)
    checkpoint = (work_dir / 'last_checkpoint').read_text()
    run_tool(
        repo,
        data,
        'test.py',
        config,
        checkpoint,
        '--work-dir',
        work_dir / 'test',
        '--out',
        work_dir / 'test',
    )
    return config, checkpoint, work_dir / 'test/results.json'


@pytest.fixture
def clips(real_data_dir):
    if not (real_data_dir / 'real_vis/instances.json').is_file():
        pytest.skip('no real clips')
    return real_data_dir


def frame_masks(entries, frame, size):
    """(N, H, W) bool of the non-empty masks in a frame."""
    masks = [
        decode_mask(one['segmentations'][frame], *size) for one in entries
    ]
    return np.array([m for m in masks if m.any()]).reshape(-1, *size)


def best_distinct_iou(truth, found):
    """Mean IoU over true masks, one-to-one."""
    if not len(found):
        return 0.0
    shared = (truth[:, None] & found[None]).sum((2, 3))
    either = (truth[:, None] | found[None]).sum((2, 3))
    ious = shared / either
    return ious[linear_sum_assignment(ious, maximize=True)].sum() / len(truth)


def test_sparse_real_clips_are_segmented(repo, clips, tmp_path):
    config, checkpoint, results = train_and_test(
        repo, clips, tmp_path / 'run', 'minvis_real_clips.py'
    )
    labels = clips / 'real_vis/instances.json'
    iou = make_report(results, labels)['summary']['frame_iou']
    print(f'mean IoU of the labelled objects: {iou:.3f}')
    assert iou >= 0.8
    run_tool(
        repo,
        clips,
        'predict.py',
        config,
        checkpoint,
        clips / 'real_vis/JPEGImages/judo',
        '--out',
        tmp_path / 'judo',
        '--window',
        '1',
    )
    with av.open(str(next((tmp_path / 'judo').rglob('film.mp4')))) as film:
        assert sum(1 for _ in film.decode(video=0)) == 16


def test_frames_without_labels_beat_a_copied_mask(repo, clips, tmp_path):
    *_, results = train_and_test(
        repo,
        clips,
        tmp_path / 'run',
        'minvis_real_clips_partial.py',
        'train_dataloader.dataset.labelled={"1": [0, 5], "2": [0]}',
    )
    labels = LabelFile.load(clips / 'real_vis/instances.json')
    video = labels.videos[JUDO]
    size = video['height'], video['width']
    true = labels.annotations[JUDO]
    found = [one for one in read_results(results) if one['video_id'] == JUDO]
    copied = frame_masks(true, SOURCE, size)
    for frame in HELD_OUT:
        truth = frame_masks(true, frame, size)
        ours = best_distinct_iou(truth, frame_masks(found, frame, size))
        baseline = best_distinct_iou(truth, copied)
        print(f'frame {frame}: IoU {ours:.3f}, copied {baseline:.3f}')
        assert ours > baseline
