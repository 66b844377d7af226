"""Options of the levels."""

import pytest

from mmselfshot.datasets.toyvis import ALL_KINDS, make_options
from mmselfshot.utils import UserError


def test_easy_has_eight_kinds_and_at_most_three_objects():
    options = make_options('easy')
    assert len(options.kinds) == 8
    assert (options.min_objects, options.max_objects) == (1, 3)
    assert options.max_clutter == 0
    assert (options.num_train, options.num_val) == (120, 30)
    assert (options.height, options.width, options.num_frames) == (96, 160, 16)
    strengths = (options.panning, options.leave_prob, options.meet_prob)
    assert min(strengths) > 0


def test_standard_has_all_kinds_clutter_and_more_hiding():
    easy, standard = make_options('easy'), make_options('standard')
    assert standard.kinds == ALL_KINDS
    assert (standard.min_objects, standard.max_objects) == (1, 4)
    assert standard.max_clutter > 0
    assert standard.meet_prob > easy.meet_prob


def test_text_is_read_as_the_type_of_the_option():
    options = make_options(
        num_frames='5', noise='0.5', kinds='ring, star', num_unseen='1'
    )
    assert options.num_frames == 5
    assert options.noise == 0.5
    assert options.kinds == ('ring', 'star')


@pytest.mark.parametrize(
    'changes, message',
    [
        ({'nun_train': 3}, "no option 'nun_train'; the options are kinds"),
        ({'num_train': 'many'}, "num_train is 'many'; expected int"),
        ({'num_train': 2.5}, 'num_train is 2.5; expected int'),
        ({'num_train': -1}, 'num_train is -1; expected 0'),
        ({'num_frames': 0}, 'num_frames is 0; expected 1'),
        ({'leave_prob': 1.5}, 'leave_prob is 1.5; expected 0 to 1'),
        ({'jpeg_quality': 100}, 'jpeg_quality is 100; expected 1 to 95'),
        ({'noise': 'nan'}, 'noise is nan; expected'),
        ({'kinds': 'ring,tube'}, r"unknown kinds \['tube'\]"),
        ({'kinds': ''}, 'unknown kinds'),
        ({'kinds': 'ring,ring'}, 'names a kind twice'),
        ({'min_objects': 4}, 'min_objects is above max_objects'),
        ({'num_unseen': 9}, 'num_unseen is 9 of 8 kinds'),
    ],
)
def test_an_option_that_makes_no_world_is_one_line(changes, message):
    with pytest.raises(UserError, match=message):
        make_options('easy', **changes)


def test_unknown_level_is_named():
    with pytest.raises(UserError, match="'hard'; expected one of easy, stand"):
        make_options('hard')
