"""UVIS's way on real clips, with hand-made features in place of DINO."""

import os
import subprocess
import sys

import numpy as np
import pytest

from mmselfshot.apis.proposal_scores import (
    LabelledClip,
    clips_of_davis,
    clips_of_label_file,
)
from mmselfshot.datasets import LabelFile
from mmselfshot.evaluation import read_results
from mmselfshot.evaluation.best_overlap import (
    best_ious,
    centre_box,
    whole_frame,
)
from mmselfshot.structures import decode_mask

CONFIG = 'configs/uvis/uvis_real_clips.py'
pytestmark = pytest.mark.slow


@pytest.fixture(scope='module')
def place(real_data_dir, tmp_path_factory):
    """A data root with the frames of both sets and no label at all."""
    if not (real_data_dir / 'real_vis/instances.json').is_file():
        pytest.skip('no real clips')
    root = tmp_path_factory.mktemp('real')
    for name, frames in (
        ('real_vis', 'JPEGImages'),
        ('real_vos', 'JPEGImages/480p'),
    ):
        if (real_data_dir / name).is_dir():
            (root / name).mkdir()
            (root / name / 'JPEGImages').symlink_to(
                real_data_dir / name / frames
            )
    return root


def run_tool(repo, root, tool, *words):
    env = {**os.environ, 'MMSELFSHOT_DATA': str(root)}
    command = [sys.executable, repo / 'tools' / tool, repo / CONFIG, *words]
    subprocess.run([str(word) for word in command], env=env, check=True)


def real_clips(folder) -> dict[str, LabelledClip]:
    clips = clips_of_label_file(
        folder / 'real_vis/instances.json', folder / 'real_vis/JPEGImages'
    )
    if (folder / 'real_vos').is_dir():
        clips += clips_of_davis(folder / 'real_vos')
    return {clip.name: clip for clip in clips if clip.objects}


def masks_by_frame(entries, num_frames, size) -> list[np.ndarray]:
    """(N, H, W) bool of each frame; no label of an empty mask."""
    masks = []
    for t in range(num_frames):
        segments = [one['segmentations'][t] for one in entries]
        found = [decode_mask(one, *size) for one in segments if one]
        found = [mask.astype(bool) for mask in found if mask.any()]
        masks.append(np.array(found, bool).reshape(-1, *size))
    return masks


def compare(clip, masks) -> np.ndarray:
    """(M, 3): IoU of each object with the best mask and two baselines."""
    rows = []
    for t, objects in clip.objects.items():
        size = objects.shape[1:]
        found = masks[t], whole_frame(*size), centre_box(*size)
        rows.append(np.stack([best_ious(one, objects) for one in found], 1))
    return np.concatenate(rows)


def say(what, rows):
    ours, whole, centre = np.concatenate(rows).mean(0)
    print(
        f'{what}: best IoU {ours:.3f}, whole frame {whole:.3f}, '
        f'centre box {centre:.3f}'
    )
    return ours - max(whole, centre)


def test_labels_and_predictions_find_the_objects(place, real_data_dir, repo):
    clips = real_clips(real_data_dir)
    run_tool(repo, place, 'train.py', '--work-dir', place / 'run')
    files = [place / 'real_vis/uvis_pseudo.json']
    if (place / 'real_vos').is_dir():
        files.append(place / 'vos.json')
        frames = place / 'real_vos/JPEGImages'
        run_tool(repo, place, 'label.py', frames, '--out', files[-1])
    rows = {}
    for path in files:
        labels = LabelFile.load(path)
        for key, video in labels.videos.items():
            name = os.path.dirname(video['file_names'][0])
            masks = masks_by_frame(
                labels.annotations[key],
                len(video['file_names']),
                (video['height'], video['width']),
            )
            rows[name] = compare(clips[name], masks)
            say(f'labels, {name}', [rows[name]])
    say('labels, real_vis', [rows['judo'], rows['bike']])
    assert say('labels, all objects', list(rows.values())) >= 0.15

    checkpoint = (place / 'run/last_checkpoint').read_text()
    videos, out = place / 'real_vis/JPEGImages', place / 'predicted'
    options = '--score-thr', '0.05', '--no-film', '--no-png'
    run_tool(
        repo, place, 'predict.py', checkpoint, videos, '--out', out, *options
    )
    predicted = []
    for name in ('judo', 'bike'):
        clip = clips[name]
        size = next(iter(clip.objects.values())).shape[1:]
        tracks = read_results(out / name / 'results.json')
        masks = masks_by_frame(tracks, len(clip.frames), size)
        predicted.append(compare(clip, masks))
    say('predictions, real_vis', predicted)
