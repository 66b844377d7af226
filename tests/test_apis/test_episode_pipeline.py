"""What the pipeline takes from a config."""

import pytest
from mmengine.config import Config
from tiny_selfshot_files import write_selfshot

from mmselfshot.apis.episode_pipeline import EpisodePipeline
from mmselfshot.utils import UserError


def test_supports_of_every_config_have_the_frames_of_its_test(repo):
    """Paper: 24, of images 1; of ToyVIS 5."""
    wanted = dict(selfvis=24, selfovis=24, toyvis=5)
    paths = sorted((repo / 'configs' / 'selfshot').glob('selfshot_*.py'))
    assert len(paths) >= 9
    for path in paths:
        pipeline = EpisodePipeline(Config.fromfile(path))
        name = path.stem.rpartition('_')[2]
        assert pipeline.support_frames == wanted.get(name, 1), path
        assert (name in wanted) != ('_coco_' in path.stem), path


@pytest.fixture
def cfg(tmp_path):
    return Config.fromfile(write_selfshot(tmp_path)[0])


def test_without_a_number_the_data_set_has_its_own(cfg):
    del cfg.test_dataloader.dataset['support_frames']
    assert EpisodePipeline(cfg).support_frames == 24
    cfg.test_dataloader.dataset.support_mode = 'middle_frame'
    assert EpisodePipeline(cfg).support_frames == 1


@pytest.mark.parametrize('kind', ['VideoInstanceDataset', 'NoSuchDataset'])
def test_other_data_sets_are_one_line(cfg, kind):
    cfg.test_dataloader.dataset.type = kind
    with pytest.raises(UserError, match=f'{kind}, expected an EpisodeDataset'):
        EpisodePipeline(cfg)
