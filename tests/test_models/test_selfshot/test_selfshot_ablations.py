"""Configs of the paper's ablations change what their name says, no more."""

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from tiny_selfshot import draw_inputs, sample

from mmselfshot.registry import MODELS

CHANGES = {
    'dec': {'encoder.num_layers': 0, 'fuser.num_layers': 0},
    'enc_dec': {'fuser.num_layers': 0},
    'fus_dec': {'encoder.num_layers': 0},
    'position_none': {'position': []},
    'position_query': {'position': ['query']},
    'position_support': {'position': ['support']},
    'joint': {'support_encoding': 'joint'},
}
RETRIEVED = dict(
    pairs='pairs_self-vis_retrieved.json', pool='../yt8m_segments/pool.csv'
)
DEPTHS = {'encoder': (2, 4, 8), 'fuser': (1, 2, 4, 5), 'decoder': (2, 4, 8)}
CHANGES |= {
    f'{part}{depth}': {f'{part}.num_layers': depth}
    for part, depths in DEPTHS.items()
    for depth in depths
}
TOY = [name for name in CHANGES if not name[-1].isdigit()]
NAMES = [
    *(f'selfshot_5shot_toyvis_{name}' for name in TOY),
    *(f'selfshot_5shot_selfvis_{name}' for name in CHANGES),
    *(f'selfshot_1shot_selfvis_{name}' for name in CHANGES if name != 'joint'),
]
OTHER_SUPPORTS = [f'selfshot_{k}shot_selfvis_retrieved' for k in (1, 5)]
# they take no supports and could not see that they are black
UNTOLD = 'selfshot_5shot_toyvis_dec', 'selfshot_5shot_toyvis_enc_dec'


@pytest.fixture
def read(repo):
    return lambda name: Config.fromfile(repo / f'configs/selfshot/{name}.py')


def test_no_other_ablation_is_there(repo):
    folder = repo / 'configs/selfshot/ablations'
    assert sorted(path.stem for path in folder.glob('*.py')) == sorted(
        NAMES + OTHER_SUPPORTS
    )


@pytest.mark.parametrize('name', OTHER_SUPPORTS)
def test_supports_of_the_test_alone_are_others(read, name):
    found, wanted = read(f'ablations/{name}'), read(name[: -len('_retrieved')])
    wanted.test_dataloader.dataset.update(RETRIEVED)
    assert found.to_dict() == wanted.to_dict()
    assert found.val_dataloader.dataset.pairs == 'pairs_self-vis.json'


@pytest.mark.parametrize('name', NAMES)
def test_nothing_else_is_changed(read, name):
    base, change = '_'.join(name.split('_')[:3]), name.split('_', 3)[3]
    wanted, found = read(base), read(f'ablations/{name}')
    assert wanted.to_dict() != found.to_dict()
    wanted.merge_from_dict(
        {f'model.{key}': value for key, value in CHANGES[change].items()}
    )
    if change == 'joint' and 'support_cache' in wanted.model:
        wanted.model.support_cache = None  # they cannot be kept
    if name in UNTOLD:
        drop_blank_supports(wanted)
    assert found.to_dict() == wanted.to_dict()


def drop_blank_supports(cfg):
    pipeline = cfg.train_dataloader.dataset.pipeline
    assert [step.type for step in pipeline].count('BlankSupports') == 1
    cfg.train_dataloader.dataset.pipeline = [
        step for step in pipeline if step.type != 'BlankSupports'
    ]


@pytest.mark.parametrize('name', TOY)
def test_toy_model_trains_and_predicts(read, name):
    """Supports matter only where there is a fuser."""
    cfg = read(f'ablations/selfshot_5shot_toyvis_{name}')
    cfg.model.backbone.pop('init_cfg')
    model = MODELS.build(cfg.model)
    model.init_weights()
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    inputs = draw_inputs(2)
    losses = model.train()(inputs, [sample()], mode='loss')
    total, _ = model.parse_losses(losses)
    assert torch.isfinite(total)
    wrapper.update_params(total)
    model.eval()
    (found,) = model(inputs, [sample()], mode='predict')
    assert len(found.pred_tracks) == cfg.model.num_slots
    (other,) = model(dict(inputs, supports=None), [sample()], mode='predict')
    is_same = torch.equal(found.pred_tracks.scores, other.pred_tracks.scores)
    assert is_same == (name in ('dec', 'enc_dec'))


def test_splits_of_coco_differ_in_their_classes_alone(read):
    """Table 12: a backbone of ImageNet, pictures in place of videos."""
    first = read('selfshot_coco_split1')
    assert first.model.num_frames == 1
    weights = first.model.backbone.init_cfg.checkpoint
    assert weights == 'torchvision://resnet50'
    assert first.train_cfg.max_iters == first.train_cfg.val_interval
    for number in (1, 2, 3, 4):
        cfg = read(f'selfshot_coco_split{number}')
        for part in ('train', 'val', 'test'):
            dataset = cfg[f'{part}_dataloader'].dataset
            assert dataset.pop('split') == number
            first[f'{part}_dataloader'].dataset.pop('split', None)
        assert cfg.to_dict() == first.to_dict()
