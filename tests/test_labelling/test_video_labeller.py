"""The real proposer and namer, only small, on one video."""

import numpy as np
import pytest
from tiny_clip import clip_config
from toy_labelling import SIZE, write_colour_videos

from mmselfshot.labelling.source_videos import find_source_videos
from mmselfshot.labelling.video_labeller import VideoLabeller
from mmselfshot.labelling.vocabulary import check_vocabulary
from mmselfshot.utils import UserError

MASK_CUT = dict(
    type='MaskCut',
    features=dict(type='HandMadeFeatures', num_rows=10, neighbours=()),
    crf=None,
)
CLIP = dict(
    type='CLIPNamer',
    clip=dict(type='OpenCLIP', model_config=clip_config()),
    min_side=5,
)


@pytest.fixture(scope='module')
def video(tmp_path_factory):
    root = write_colour_videos(tmp_path_factory.mktemp('one'), 1)
    return find_source_videos(root)[0]


def test_mask_cut_and_clip_make_a_table(video):
    labeller = VideoLabeller(MASK_CUT, CLIP, ['red_square', 'blue square'])
    told = []
    table = labeller(video, told.append)
    assert sum(told) == 3
    assert table.source == 'maskcut+clip'
    assert table.videos[1]['sampled'] == [0, 1, 2]
    # the middle frame is grey and holds nothing
    assert sorted(set(table.frame_id.tolist())) == [0, 2]
    assert table.probs.sum(1) == pytest.approx(1, abs=1e-5)
    lengths = np.linalg.norm(table.features, axis=1)
    assert lengths == pytest.approx(1, abs=1e-5)
    assert {tuple(one['size']) for one in table.rles} == {SIZE}
    sides = table.box[:, 2:] - table.box[:, :2]
    assert (table.is_small == (sides.min(1) < 5)).all()


def test_windows_change_nothing_where_frames_stand_alone(video):
    tables = [
        VideoLabeller(
            dict(type='ColourProposer'),
            dict(type='ColourNamer'),
            ['red', 'blue'],
            window=window,
        )(video)
        for window in (1, 2, 8)
    ]
    for one in tables[1:]:
        assert one.rles == tables[0].rles
        assert (one.probs == tables[0].probs).all()


@pytest.mark.parametrize(
    ('names', 'message'),
    [
        (['giant panda', 'Giant_panda'], 'are the same'),
        (['cat', ' _ '], "class 2 of 2 is ' _ '"),
        (['cat', 3], 'class 2 of 2 is 3'),
        ('cat', 'expected a list'),
        ([], 'no classes'),
    ],
)
def test_names_that_cannot_be_told_apart(names, message):
    with pytest.raises(UserError, match=message):
        check_vocabulary(names)


def test_any_different_names_are_a_vocabulary():
    names = ('cat', 'cats', 'chat noir', 'Katze')
    assert check_vocabulary(names) == names
