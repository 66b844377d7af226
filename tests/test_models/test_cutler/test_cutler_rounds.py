"""From label files to a trained detector and back, through the configs."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.runner import Runner
from tiny_cutler import shrink_cutler
from tiny_run import SIZE, write_tiny_videos

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.engine.run_config import load_config, set_precision
from mmselfshot.labelling.fuse_labels import fuse_files
from mmselfshot.registry import MODELS


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Round 1 labels videos 1 to 3; the detector finds 4, and 1 weakly."""
    monkeypatch.setenv('MMSELFSHOT_DATA', str(tmp_path))
    root = tmp_path / 'imagenet'
    path = write_tiny_videos(root)
    shutil.move(root / 'JPEGImages', root / 'train')
    whole = LabelFile.load(path)
    for many in whole.annotations.values():
        for one in many:
            one.update(category_id=1)
    whole.categories = [dict(id=1, name='object')]
    whole.save(path)
    for name, kept, score in (
        ('cutler_round_1.json', (1, 2, 3), 0.9),
        ('cutler_found_2.json', (1, 4), 0.64),
    ):
        labels = LabelFile.load(path)
        for video_id, many in labels.annotations.items():
            labels.videos[video_id]['labelled_frames'] = (
                [0, 1, 2] if video_id in kept else []
            )
            for one in many:
                one.update(score=score + 0.05 * (video_id == 4), source='x')
            if video_id not in kept:
                many.clear()
        labels.save(root / name)
    return root


def test_second_round_reads_the_fused_file(repo, data):
    path = repo / 'configs/uvis/cutler_r50_self_train_2.py'
    cfg = load_config(path)
    fuse_files(
        data / 'cutler_round_1.json',
        cfg.labelling.out,
        data / cfg.train_dataloader.dataset.ann_file,
        score_thr=cfg.labelling.proposer.score_thr,
    )
    shrink_cutler(cfg.model)
    cfg.train_dataloader.update(num_workers=0, persistent_workers=False)
    cfg.train_pipeline[2].short_edges = (32, 48)
    cfg.train_dataloader.dataset.pipeline = cfg.train_pipeline
    cfg.train_cfg.max_iters = 2
    cfg.load_from = None
    cfg.work_dir = str(data.parent / 'work')
    set_precision(cfg, False)
    runner = Runner.from_cfg(cfg)
    dataset = runner.train_loop.dataloader.dataset
    dataset.full_init()
    assert Path(dataset.ann_file) == data / 'cutler_round_2.json'
    annotations = [
        len(dataset.get_data_info(i)['annotations']) for i in (0, 3)
    ]
    assert len(dataset) == 4 and annotations == [1, 1]
    before = runner.model.roi_head.mask_head.conv_logits.weight.clone()
    runner.train()
    after = runner.model.roi_head.mask_head.conv_logits.weight
    assert not torch.equal(before, after)

    proposer = MODELS.build(
        dict(
            type='CutLER',
            model=shrink_cutler(cfg.labelling.proposer.model),
            checkpoint=str(Path(cfg.work_dir) / 'iter_2.pth'),
            score_thr=0.0,
            short_edge=None,
        )
    )
    (found,) = proposer.propose([np.zeros((*SIZE, 3), np.uint8)])
    assert found.masks.shape[1:] == SIZE
