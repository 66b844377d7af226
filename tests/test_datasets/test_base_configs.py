"""The data configs build, and say how MinVIS was trained."""

import json

import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope
from tiny_videos import make_content, write_video_set

from mmselfshot.datasets.class_names import CLASS_NAMES
from mmselfshot.registry import DATA_SAMPLERS, DATASETS, TRANSFORMS
from mmselfshot.utils import UserError

LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')


def load(repo, name, root):
    import os

    os.environ['MMSELFSHOT_DATA'] = str(root)
    return Config.fromfile(repo / f'configs/_base_/datasets/{name}.py')


@pytest.mark.parametrize(
    ('name', 'classes', 'folder', 'prefix', 'files'),
    [
        (
            'ytvis19',
            'ytvis19',
            'ytvis_2019',
            '{}/JPEGImages/',
            ('train_train.json', 'train_heldout.json', 'valid.json'),
        ),
        (
            'ytvis21',
            'ytvis21',
            'ytvis_2021',
            '{}/JPEGImages/',
            (
                'train/instances_train.json',
                'train/instances_heldout.json',
                'valid/instances.json',
            ),
        ),
        (
            'ovis',
            'ovis',
            'ovis',
            '{}/',
            (
                'annotations/annotations_train_train.json',
                'annotations/annotations_train_heldout.json',
                'annotations/annotations_valid.json',
            ),
        ),
        (
            'toyvis',
            None,
            'toyvis',
            '{}/JPEGImages/',
            ('train.json', 'val.json', 'val.json'),
        ),
    ],
)
def test_loaders_read_the_official_places(
    repo, tmp_path, name, classes, folder, prefix, files
):
    """A small set is laid where the official one lies, and drawn from."""
    config = load(repo, name, tmp_path)
    init_default_scope('mmselfshot')
    content = make_content()
    if classes:
        content['categories'] = [
            {'id': number + 1, 'name': name}
            for number, name in enumerate(CLASS_NAMES[classes])
        ]
    splits = ('train', 'train', 'valid')
    if name == 'toyvis':
        splits = ('train', 'val', 'val')
    for loader, split, file in zip(LOADERS, splits, files):
        root = tmp_path / folder
        frames = root / prefix.format(split)
        write_video_set(tmp_path / 'made', content)
        if not frames.exists():
            frames.parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / 'made' / 'frames').rename(frames)
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(json.dumps(content))
        dataset = DATASETS.build(config[loader].dataset)
        sampler = DATA_SAMPLERS.build(
            config[loader].sampler, default_args={'dataset': dataset}
        )
        sample = dataset[next(iter(sampler))]
        short_edge = 16 if name == 'toyvis' else 360
        assert min(sample['inputs'].shape[-2:]) >= short_edge
        assert ('gt_instances' in sample['data_samples'][0]) == (
            loader == 'train_dataloader'
        )
        if config[loader].get('batch_sampler'):
            batches = DATA_SAMPLERS.build(
                config[loader].batch_sampler,
                default_args={'sampler': sampler, 'batch_size': 2},
            )
            assert len(next(iter(batches))) == 2
    for part, file in (('val', files[1]), ('test', files[2])):
        evaluator = config[f'{part}_evaluator']
        assert evaluator.type == 'VISMetric'
        assert evaluator.ann_file == str(tmp_path / folder / file)


@pytest.mark.parametrize('name', ['ytvis19', 'ytvis21', 'ovis'])
def test_recipe_is_that_of_minvis(repo, tmp_path, name):
    """facts: 32 videos a step, edges 360/480 up to 1333, flip .5."""
    config = load(repo, name, tmp_path)
    assert config.train_dataloader.batch_size * 8 == 32
    assert config.train_dataloader.dataset.num_frames == 1
    resize = TRANSFORMS.build(config.train_pipeline[2])
    assert resize.short_edges == (360, 480)
    assert resize.max_long_edge == 1333
    assert config.train_pipeline[3].transforms[0].prob == 0.5
    resize = TRANSFORMS.build(config.test_pipeline[1])
    assert resize.short_edges == (360,)


def test_missing_split_says_how_to_make_it(repo, tmp_path):
    config = load(repo, 'ytvis19', tmp_path)
    with pytest.raises(UserError, match=r'split_videos\.py .*train\.json'):
        DATASETS.build(config.val_dataloader.dataset)


@pytest.mark.parametrize(
    ('name', 'root', 'split'),
    [
        ('selfvis', 'ytvis_2019', 'self-vis'),
        ('selfovis', 'ovis', 'self-ovis'),
    ],
)
def test_episodes_are_those_of_the_paper(repo, tmp_path, name, root, split):
    """facts: T = 32, S = 24, all resized to 320x280."""
    config = load(repo, name, tmp_path)
    for loader in LOADERS:
        dataset = config[loader].dataset
        assert dataset.data_root == f'{tmp_path}/{root}/'
        assert dataset.split == split
        assert (dataset.num_frames, dataset.support_frames) == (32, 24)
        assert dataset.pipeline[0].size == (280, 320)
        for step in dataset.pipeline:
            TRANSFORMS.build(step)


def test_toy_episodes_are_read(repo, tmp_path):
    from tiny_episodes import make_episodes, write_episodes, write_pairs

    config = load(repo, 'selfshot_toyvis', tmp_path)
    init_default_scope('mmselfshot')
    root = tmp_path / 'toyvis_fewshot'
    root.mkdir()
    write_episodes(root, make_episodes())
    for part in ('train', 'queries'):
        frames = root / f'fewshot_{part}' / 'JPEGImages'
        frames.parent.mkdir()
        frames.symlink_to(root / 'frames')
        (root / f'fewshot_{part}.json').symlink_to(root / 'labels.json')
    (root / 'pool.csv').write_text('path\nframes/v2\n')
    write_pairs(root / 'pairs_queries.json', [(1, [1], ['frames/v2'] * 5)])
    for loader, supports, frames in zip(LOADERS, (2, 5, 5), (1, 5, 5)):
        dataset = DATASETS.build(config[loader].dataset)
        sampler = DATA_SAMPLERS.build(
            config[loader].sampler, default_args={'dataset': dataset}
        )
        inputs = dataset[next(iter(sampler))]['inputs']
        assert inputs['query'].shape[0] == 3
        assert inputs['supports'].shape[:2] == (supports, frames)
