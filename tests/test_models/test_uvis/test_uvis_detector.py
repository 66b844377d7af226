"""UVIS skips frames without labels and refuses labelled starts."""

import pytest
import torch
from mmengine.config import Config
from tiny_minvis import build_tiny_minvis, clip_sample, tiny_minvis_cfg
from tiny_run import (
    read_losses,
    run_tool,
    write_tiny_config,
    write_tiny_videos,
)

from mmselfshot.models.uvis import UVIS
from mmselfshot.models.uvis.init_check import check_weights_source
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError


def build_uvis():
    torch.manual_seed(0)
    model = MODELS.build({**tiny_minvis_cfg(), 'type': 'UVIS'})
    model.init_weights()
    return model


def losses_of(model, *samples) -> dict:
    data = model.data_preprocessor(
        dict(
            inputs=[one['inputs'] for one in samples],
            data_samples=[one['data_samples'] for one in samples],
        ),
        training=True,
    )
    torch.manual_seed(1)
    return model.loss(**data)


def test_frames_without_labels_are_skipped_and_counted():
    """As if the frame were not there; MinVIS learns that it is empty."""
    model = build_uvis()
    full, empty = clip_sample(seed=1), clip_sample(seed=2, num_objects=0)
    alone = losses_of(model, full)
    both = losses_of(model, clip_sample(seed=1), empty)
    assert int(both.pop('skipped_frames')) == 1
    assert int(alone.pop('skipped_frames')) == 0
    for name, loss in alone.items():
        torch.testing.assert_close(both[name], loss)


def test_a_batch_without_labels_gives_zeros_that_reach_all_weights():
    model = build_uvis()
    losses = losses_of(model, clip_sample(num_objects=0))
    total = sum(loss for name, loss in losses.items() if 'loss' in name)
    assert float(total) == 0
    total.backward()


@pytest.mark.parametrize(
    ('source', 'reason'),
    [
        (
            'https://host/mask2former_r50_lsj_8x2_50e_coco_2022.pth',
            'named after mask2former',
        ),
        (
            'https://host/mask_rcnn_r50_fpn_1x_coco.pth',
            'named after mask_rcnn',
        ),
        ('open-mmlab://minvis_r50', 'named after minvis'),
        ('torchvision://segmentation.deeplabv3_resnet50', 'segmentation'),
        ('data/pretrained/model_final_3c8ec9.pkl', 'model_final_3c8ec9'),
    ],
)
def test_published_names_are_refused(source, reason):
    with pytest.raises(UserError, match=reason) as caught:
        check_weights_source(source, 'load_from')
    assert str(caught.value).count('\n') == 0
    assert 'start from ImageNet classification' in str(caught.value)


@pytest.mark.parametrize(
    'source',
    [
        'torchvision://resnet50',
        'https://host/dino_resnet50_pretrain.pth',
        'open-mmlab://detectron2/resnet50_caffe',
        'data/decoconut/resnet50.pth',
        'mmselfshot://toy_resnet18.pth',
    ],
)
def test_classifiers_and_dino_are_welcome(source):
    check_weights_source(source, 'init_cfg')


@pytest.mark.parametrize('nested', ['state_dict', 'model', None])
def test_detectors_are_known_by_their_weights(tmp_path, nested):
    weights = build_tiny_minvis().state_dict()
    path = tmp_path / 'harmless.pth'
    torch.save({nested: weights} if nested else weights, path)
    with pytest.raises(UserError, match='holds a trained detector'):
        check_weights_source(path, 'load_from')


@pytest.mark.parametrize(
    'key',
    [
        'sem_seg_head.predictor.query_feat.weight',  # detectron2
        'panoptic_head.query_embed.weight',  # mmdet
        'roi_head.bbox_head.fc_cls.weight',
        'module.roi_heads.box_predictor.cls_score.weight',
        'proposal_generator.rpn_head.conv.weight',
        'transformer_decoder.layers.0.norm.weight',
    ],
)
def test_heads_of_other_programs_are_known(tmp_path, key):
    path = tmp_path / 'weights.pth'
    torch.save(
        {'backbone.conv1.weight': torch.ones(1), key: torch.ones(81)}, path
    )
    with pytest.raises(UserError, match='trained detector'):
        check_weights_source(path, 'init_cfg')


@pytest.mark.parametrize(
    'key', ['fc.weight', 'head.mlp.0.weight', 'head.last_layer.weight']
)
def test_heads_of_classification_and_dino_are_not_detectors(tmp_path, key):
    path = tmp_path / 'weights.pth'
    torch.save({'conv1.weight': torch.ones(1), key: torch.ones(9)}, path)
    check_weights_source(path, 'init_cfg')


@pytest.mark.parametrize(('kind', 'is_welcome'), [('UVIS', 1), ('MinVIS', 0)])
def test_own_checkpoints_are_known_by_their_config(tmp_path, kind, is_welcome):
    """As between rounds of self-training."""
    cfg = Config(dict(model={**tiny_minvis_cfg(), 'type': kind}))
    path = tmp_path / 'iter_5.pth'
    weights = build_tiny_minvis().state_dict()
    torch.save(dict(state_dict=weights, meta=dict(cfg=cfg.pretty_text)), path)
    if is_welcome:
        check_weights_source(path, 'load_from')
    else:
        with pytest.raises(UserError, match='holds a trained detector'):
            check_weights_source(path, 'load_from')


def test_config_text_in_a_checkpoint_is_not_run(tmp_path):
    text = f'open({str(tmp_path / "ran")!r}, "w")\nmodel = dict(type="UVIS")'
    path = tmp_path / 'iter_5.pth'
    torch.save(dict(state_dict={}, meta=dict(cfg=text)), path)
    check_weights_source(path, 'load_from')
    assert not (tmp_path / 'ran').exists()


def test_start_of_a_resumed_run_is_not_looked_at():
    model = tiny_minvis_cfg()
    UVIS.check_start(dict(load_from='coco.pth', resume=True, model=model))
    with pytest.raises(UserError, match='load_from coco'):
        UVIS.check_start(dict(load_from='coco.pth', model=model))


def test_init_of_any_part_is_looked_at():
    cfg = {**tiny_minvis_cfg(), 'type': 'UVIS'}
    cfg['head']['init_cfg'] = dict(type='Pretrained', checkpoint='minvis.pth')
    with pytest.raises(UserError, match='init_cfg minvis'):
        UVIS.check_start(dict(model=cfg))
    with pytest.raises(UserError, match='init_cfg minvis'):
        MODELS.build(cfg).init_weights()


def test_tool_refuses_in_one_line_and_goes_on_where_it_stopped(tmp_path):
    write_tiny_videos(tmp_path)
    config = write_tiny_config(tmp_path, max_iters=4, interval=2)
    with config.open('a') as file:
        file.write("model.update(type='UVIS')\n")
    torch.save(build_tiny_minvis().state_dict(), tmp_path / 'start.pth')
    refused = run_tool(
        'train.py',
        *(config, '--work-dir', 'w', '--cfg-options'),
        f'load_from={tmp_path / "start.pth"}',
        cwd=tmp_path,
    )
    assert refused.returncode == 2
    assert refused.stderr.count('\n') == 1
    assert 'UVIS learns without mask labels' in refused.stderr
    killed = run_tool(
        'train.py',
        *(config, '--work-dir', 'w'),
        cwd=tmp_path,
        KILL_AFTER='3',
    )
    assert killed.returncode != 0
    done = run_tool('train.py', config, '--work-dir', 'w', cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert set(read_losses(tmp_path / 'w')) == {1, 2, 3, 4}
