"""Training makes its labels itself, and no true label has a part in it."""

import json
import shutil

import pytest
import torch
from tiny_run import write_tiny_config
from toy_labelling import SIZE, write_colour_videos

from mmselfshot.datasets import LabelFile
from mmselfshot.engine.train import train
from mmselfshot.utils.checkpoint import load_from_local


def write_config(root):
    """Three classes, labels by colour, two iterations."""
    path = write_tiny_config(root, max_iters=2, interval=2)
    labelling = dict(
        out=str(root / 'uvis_pseudo.json'),
        videos=dict(root=str(root / 'JPEGImages')),
        proposer=dict(type='ColourProposer'),
        namer=dict(type='ColourNamer'),
        classes=['red', 'green', 'blue'],
        filters=[dict(type='ScoreFilter')],
    )
    path.write_text(
        path.read_text()
        + "custom_imports['imports'].append('toy_labelling')\n"
        + "train_dataloader['dataset']['ann_file'] = 'uvis_pseudo.json'\n"
        + f'labelling = {labelling!r}\n'
    )
    return path


def write_true_labels(root):
    """Of the same videos, and of no use: one object fills every frame."""
    height, width = SIZE
    corners = [[0, 0, width, 0, width, height, 0, height]]
    videos = [
        dict(
            id=number,
            width=width,
            height=height,
            file_names=[f'v{number}/{index:05d}.png' for index in range(3)],
        )
        for number in range(1, 4)
    ]
    annotations = [
        dict(
            id=one['id'],
            video_id=one['id'],
            category_id=1,
            segmentations=[corners] * 3,
        )
        for one in videos
    ]
    content = dict(
        videos=videos,
        annotations=annotations,
        categories=[dict(id=1, name='red')],
    )
    for name in ('labels.json', 'train.json'):
        (root / name).write_text(json.dumps(content))


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """Weights and labels, without and with annotation files in the root."""
    found = []
    for name in ('bare', 'annotated'):
        root = tmp_path_factory.mktemp(name)
        write_colour_videos(root / 'JPEGImages', num_videos=3)
        if name == 'annotated':
            write_true_labels(root)
        train(write_config(root), work_dir=str(root / 'w'))
        weights = load_from_local(root / 'w/iter_2.pth')['state_dict']
        found.append((root, weights))
    return found


def test_annotation_files_change_no_weight(trained):
    (bare, one), (annotated, other) = trained
    assert not (bare / 'train.json').exists()
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert torch.equal(value, other[name]), name
    name = 'uvis_pseudo.json'
    assert (bare / name).read_bytes() == (annotated / name).read_bytes()


def test_second_training_takes_the_labels_that_are_there(trained, tmp_path):
    (root, weights), _ = trained
    path = root / 'uvis_pseudo.json'
    assert len(LabelFile.load(path).videos) == 3
    before = path.stat().st_mtime_ns
    train(root / 'tiny.py', work_dir=str(tmp_path), resume='no')
    assert path.stat().st_mtime_ns == before
    again = load_from_local(tmp_path / 'iter_2.pth')['state_dict']
    assert all(torch.equal(weights[name], again[name]) for name in weights)


def test_lost_labels_are_made_again_as_they_were(trained, tmp_path):
    (root, _), _ = trained
    path = root / 'uvis_pseudo.json'
    content = path.read_bytes()
    path.unlink()
    shutil.rmtree(root / 'uvis_pseudo.candidates')
    train(
        root / 'tiny.py',
        work_dir=str(tmp_path),
        options=['train_cfg.max_iters=1'],
    )
    assert path.read_bytes() == content
