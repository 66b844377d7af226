"""The configs of the retriever: the paper's schedule, tiny twins."""

import copy

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from tiny_retriever import FRAMES, TRANSFORMER, crops

from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError

LOSSES = ('rank', 'rank_paper_tau2', 'milnce', 'moco_image')
FROZEN = ('random', 'cnn', 'dino', 'clip', 'mean_colour', 'thumbnail')


@pytest.fixture
def read(repo):
    return lambda name: Config.fromfile(repo / f'configs/selfshot/{name}.py')


@pytest.mark.parametrize('loss', LOSSES)
def test_schedule_is_that_of_the_paper(read, loss):
    """Facts: 32 videos, 160 clips of 5 frames, AdamW 1e-4, 40 epochs of
    237,000 clips, a tenth from epoch 25 on, queue 1280, 224 x 224."""
    cfg = read(f'retriever_{loss}_yt8m')
    loader, encoder = cfg.train_dataloader, cfg.model.encoder
    assert 8 * loader.batch_size == 32 == cfg.auto_scale_lr.base_batch_size
    assert cfg.train_cfg.max_iters == 40 * 237_000 // 32
    (scheduler,) = cfg.param_scheduler
    assert scheduler.milestones == [25 * 237_000 // 32]
    assert cfg.optim_wrapper.optimizer.type == 'AdamW'
    assert cfg.optim_wrapper.optimizer.lr == 1e-4
    assert cfg.model.queue_length == 1280
    assert tuple(encoder.clip_size) == (224, 224)
    if loss == 'moco_image':
        assert loader.dataset.num_crops == 2
        assert loader.dataset.num_frames == encoder.num_frames == 1
    else:
        assert loader.dataset.num_crops == 5
        assert loader.dataset.num_frames == encoder.num_frames == 5
        sizes = encoder.embed_dims, encoder.depth, encoder.num_heads
        assert (*sizes, encoder.patch_size) == (768, 12, 12, 16)


def test_temperature_is_all_that_the_printed_variant_changes(read):
    for data in ('yt8m', 'toyvis'):
        ours = read(f'retriever_rank_{data}').to_dict()
        printed = read(f'retriever_rank_paper_tau2_{data}').to_dict()
        assert ours['model']['loss'].pop('tau') == 0.05
        assert printed['model']['loss'].pop('tau') == 2.0
        assert ours == printed


@pytest.mark.parametrize('data', ['yt8m', 'toyvis'])
@pytest.mark.parametrize('loss', LOSSES)
def test_crops_fit_the_encoder_and_no_label_is_read(read, loss, data):
    cfg = read(f'retriever_{loss}_{data}')
    dataset, encoder = cfg.train_dataloader.dataset, cfg.model.encoder
    assert dataset.num_frames == encoder.num_frames
    assert tuple(dataset.pipeline[-1].size) == tuple(encoder.clip_size)
    assert dataset.pool.endswith('/pool.csv')
    assert 'ann_file' not in str(cfg.to_dict())
    assert cfg.val_dataloader is cfg.val_cfg is cfg.val_evaluator is None
    MODELS.get(cfg.model.type).check_start(cfg)


@pytest.mark.parametrize('data', ['yt8m', 'toyvis'])
@pytest.mark.parametrize('loss', LOSSES)
def test_tiny_twin_trains_and_predicts(read, loss, data):
    cfg = read(f'retriever_{loss}_{data}')
    tiny = FRAMES if loss == 'moco_image' else TRANSFORMER
    cfg.model.encoder = copy.deepcopy(tiny)
    cfg.model.queue_length = 12
    model = MODELS.build(cfg.model)
    model.init_weights()
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    model.train()
    for _ in range(2):
        inputs, video_ids = crops(3, 2, tiny['num_frames'])
        batch = dict(inputs=inputs, video_ids=video_ids)
        assert torch.isfinite(model.train_step(batch, wrapper)['loss'])
    model.eval()
    with torch.no_grad():
        assert model(inputs, mode='predict').shape[0] == 3


@pytest.mark.parametrize('name', FROZEN)
def test_frozen_encoder_describes_and_is_not_trained(read, name):
    cfg = read(f'frozen_{name}_toyvis')
    model = MODELS.build(copy.deepcopy(cfg.model)).eval()
    encoder = model.encoder
    clips = torch.rand(2, encoder.num_frames, 3, *encoder.clip_size) * 255
    with torch.no_grad():
        found = encoder(clips)
        again = MODELS.build(cfg.model).eval().encoder(clips)
    assert found.shape == (2, encoder.num_channels)
    assert torch.isfinite(found).all()
    assert torch.equal(found, again)  # nothing is left to the global seed
    with pytest.raises(UserError, match=r'no model\.loss'):
        type(model).check_start(cfg)


@pytest.mark.parametrize('name', ['cnn', 'dino', 'clip'])
def test_frozen_encoder_of_real_videos_describes_them(read, name):
    """Without its weights, which are not shipped."""
    encoder = read(f'frozen_{name}_yt8m').model.encoder
    given = encoder.pop('checkpoint', None)
    inner = encoder.frame_encoder
    given = given or inner.pop('pretrained', None) or inner.pop('init_cfg')
    assert given
    encoder.num_frames = 1
    model = MODELS.build(dict(type='Retriever', encoder=encoder)).eval()
    clips = torch.rand(1, 1, 3, 224, 224) * 255
    with torch.no_grad():
        assert model(clips).shape == (1, encoder.num_channels)


def test_random_encoder_is_the_trained_one_before_training(read):
    encoder = read('frozen_random_toyvis').model.encoder
    assert encoder.pop('seed') == 0
    assert encoder == read('retriever_rank_toyvis').model.encoder
