"""What is tested for the tables, and the paper's numbers beside it."""

import pytest

from mmselfshot.apis.retrieval_table import choose_rows
from mmselfshot.apis.selfshot_report import DIFFERENCES
from mmselfshot.apis.selfshot_table import choose_tables
from mmselfshot.apis.selfshot_tables import make_tables, semi_shot_cell
from mmselfshot.apis.selfshot_trials import (
    ENCODERS,
    MOTION,
    RANKING,
    TRAININGS,
    Trial,
    in_running_order,
)
from mmselfshot.engine.run_config import load_config
from mmselfshot.utils import UserError

TABLES = {table.name: table for table in make_tables()}


def test_every_line_fits_its_columns():
    for table in TABLES.values():
        for line in table.lines:
            assert len(line.cells) == len(table.columns)
            assert len(line.paper) in (0, len(table.of_paper))


def test_table_1_takes_prefixes_of_one_list():
    table = TABLES['1']
    assert [line.cells[0].trial.supports for line in table.lines] == [
        *('random', 'oracle'),
        *ENCODERS,
    ]
    for line in table.lines:
        assert [one.trial.k for one in line.cells] == [1, 5, 6, 8, 10]
        assert len({one.trial.supports for one in line.cells}) == 1
    assert table.lines[-1].paper == (51.4, 54.3, 54.6, 55.2, 55.4)


def test_modules_without_a_fuser_share_one_test():
    lines = {line.title: line.cells for line in TABLES['3'].lines}
    assert list(lines) == ['dec', 'enc + dec', 'fus + dec', 'all']
    for cell in (*lines['dec'], *lines['enc + dec']):
        assert cell.trial.k == 0
    assert lines['all'][1].trial == Trial('all', RANKING, 5)
    assert TABLES['10'].lines[2].cells[0].trial == Trial('fus_dec', k=1)


@pytest.mark.parametrize(
    ('found', 'given', 'supports', 'k'),
    [
        (0, 0, 'none', 0),
        (0, 3, 'oracle', 3),
        (2, 0, RANKING, 2),
        (2, 3, 'semi3', 5),
    ],
)
def test_semi_shot_grid(found, given, supports, k):
    cell = semi_shot_cell(found, given)
    assert cell.trial == Trial(supports=supports, k=k)
    assert TABLES['5'].lines[found].cells[given] == cell
    assert TABLES['5'].lines[5].cells[1:] == (None,) * 5


def test_parts_of_the_queries():
    assert {one.num_targets for one in TABLES['4a'].lines[0].cells} == {
        *(1, 2, 3, 4)
    }
    first = TABLES['4b'].lines[0].cells[0]
    assert first.num_kinds == 1 and first.trial.labels == 'multi'


def test_every_training_is_a_change_of_the_config(repo):
    used = {t.training for table in TABLES.values() for t in table.trials}
    assert used == {*TRAININGS, MOTION}
    configs = {
        str(load_config(repo / config).model) for config in TRAININGS.values()
    }
    assert len(configs) == len(TRAININGS)
    assert len(choose_rows(list(ENCODERS))) == len(ENCODERS)


def test_longer_lists_are_tested_first():
    trials = [Trial(k=1), Trial('dec', 'none', 0), Trial(k=5), Trial(k=1)]
    assert in_running_order(trials) == [trials[2], trials[0], trials[1]]
    names = {one.name for table in TABLES.values() for one in table.trials}
    assert len(names) == 85


def test_the_summary_shows_what_is_required():
    trials = set(TABLES['summary'].trials)
    required = [one for one in DIFFERENCES if one.wanted is not None]
    assert len(trials) == 7 and len(required) == 3
    for one in required:
        assert {one.first, one.second} <= trials


def test_right_supports_are_followed_by_wrong_ones():
    told, untold = TABLES['right'].lines
    assert [cell.trial.supports for cell in told.cells] == [
        *('wrong', 'right1', 'right2', 'right3', 'right4', 'oracle')
    ]
    assert {cell.trial.k for cell in told.cells} == {5}
    assert {cell.trial for cell in untold.cells} == {
        Trial('enc_dec', 'none', 0)
    }


def test_tables_are_chosen_by_name():
    assert [one.name for one in choose_tables(['4a', '1'])] == [*('4a', '1')]
    with pytest.raises(
        UserError, match="no table '7'; expected some of summary, 1"
    ):
        choose_tables(['7'])
