"""Numbers of the tables and checks from rows made by hand."""

import pytest

from mmselfshot.apis.selfshot_cells import Cell, Line, Table
from mmselfshot.apis.selfshot_checks import (
    MIXED,
    ORACLE,
    RANDOM,
    SWAP,
    WRONG,
    ZEROS,
    format_check,
    run_checks,
)
from mmselfshot.apis.selfshot_report import (
    Difference,
    format_content,
    make_content,
    measure_cell,
    measure_difference,
)
from mmselfshot.apis.selfshot_trials import RANKING, Trial
from mmselfshot.evaluation.query_rows import QueryRow


def seed(marks, kinds=1):
    """Queries of one target; 1 is found, 0 is not. AP50 in brackets.

    '10' [51/101]; '1' [1]; '0' [0].
    """
    return [
        QueryRow(n, asked, [0.9], [[float(mark)]], [n], [True])
        for n, mark in enumerate(marks)
        for asked in [[*range(kinds)] if kinds > 1 else [n]]
    ]


HALF = 51 / 101


def test_a_cell_is_the_mean_over_seeds():
    cell = measure_cell(Cell(Trial()), lambda trial: [seed('10'), seed('11')])
    assert cell['ap50'] == [pytest.approx(HALF), 1]
    assert cell['mean'] == pytest.approx((HALF + 1) / 2)
    assert cell['class_mean'] == pytest.approx((0.5 + 1) / 2)
    assert cell['num_queries'] == 4


def test_a_cell_of_a_part_of_the_queries():
    rows = [*seed('1', kinds=2), *seed('0', kinds=3)]
    rows.append(QueryRow(9, [1], [0.5], [[0, 0]], [1, 1], [True, True]))
    by_trial = {Trial(): [rows]}
    for cell, mean, num in (
        (Cell(Trial(), num_kinds=2), 1, 1),
        (Cell(Trial(), num_kinds=3), 0, 1),
        (Cell(Trial(), num_targets=2), 0, 1),
        (Cell(Trial(), num_targets=1), HALF, 2),
        (Cell(Trial(), num_targets=4), None, 0),
    ):
        found = measure_cell(cell, by_trial.get)
        assert found['num_queries'] == num
        assert found['mean'] == (None if mean is None else pytest.approx(mean))


@pytest.mark.parametrize(
    ('second', 'wanted', 'is_reached'),
    [('0000', 0.05, True), ('1111', 0.05, False), ('1111', None, True)],
)
def test_a_difference_is_reached(second, wanted, is_reached):
    rows = {ORACLE: [seed('1111')] * 2, RANDOM: [seed(second)] * 2}
    found = measure_difference(
        Difference('it', ORACLE, RANDOM, wanted), rows.get, num_draws=50
    )
    assert found['mean'] == (1 if second == '0000' else 0)
    assert found['is_reached'] is is_reached
    assert (found['num_groups'], found['num_videos']) == (2, 8)


def test_tables_show_measured_and_paper_apart():
    found, other = Trial(supports=RANKING), Trial(supports='random')
    table = Table(
        *('1', 'Table 1', 'supports', ('5', '10')),
        (
            Line('ranking', (Cell(found), None), (54.3,)),
            Line('random', (Cell(other), None), ()),
        ),
        of_paper=('5',),
        note='A note.',
    )
    rows = {found: [seed('11')], other: [seed('10')]}
    content = make_content([table], rows.get, num_draws=50)
    (difference,) = content['differences']
    assert difference['mean'] == pytest.approx(1 - HALF)
    more = {'made': 'Made so.', 'protocol': 'paper', 'checks': ['x: ok']}
    text = format_content({**content, **more})
    assert text.startswith('Made so.\n\n**Table 1** (protocol `paper`)\n\n')
    assert (
        '| supports | 5 (measured) | 10 (measured) | 5 (paper) |\n'
        '| --- | --- | --- | --- |\n'
        '| ranking | 100.0 (100.0) |  | 54.3 |\n'
        '| random | 50.5 (50.0) |  |  |\n\nA note.\n' in text
    )
    assert '- self-shot (ranking) minus random, 5 supports: +49.5 points' in (
        text
    )
    assert '- check on other seeds: x: ok\n' in text


def swapped(num_right, num=4):
    """Cases of the swap test, the first so many right."""
    return [
        QueryRow(n, [1], [0.9], [[0.6, 0.2]], [1, 2], [is_a, not is_a])
        for n, is_a in ((n, n < num_right) for n in range(num))
    ]


def results(mixed=('0000', '1000', '1100', '1111'), zeros='0000', right=3):
    rows = {t: [seed(marks)] for t, marks in zip(MIXED, mixed)}
    rows[RANDOM] = rows[WRONG]
    return {**rows, ZEROS: [seed(zeros)], SWAP: [swapped(right)]}


def test_all_checks_hold():
    checks = run_checks(results().get, num_draws=50)
    assert [one['name'] for one in checks] == [
        *('swap', 'oracle', 'oracle minus wrong', 'oracle minus random'),
        *('zeros', 'right supports'),
    ]
    assert all(one['is_ok'] for one in checks)
    assert checks[0]['share'] == 0.75
    assert format_check(checks[0]).endswith(
        'in 0.750 of 4 cases (at least 0.75, chance .5): ok'
    )


@pytest.mark.parametrize(
    ('changes', 'failing'),
    [
        (dict(right=2), ['swap']),
        (dict(zeros='1000'), ['zeros']),
        (dict(mixed=('0000', '1100', '1100', '1111')), ['right supports']),
        (
            dict(mixed=('0000', '0000', '0000', '1000')),
            ['oracle', 'oracle minus wrong', 'oracle minus random']
            + ['right supports'],
        ),
    ],
    ids=['swap', 'zeros', 'flat', 'low'],
)
def test_a_check_fails_alone(changes, failing):
    checks = run_checks(results(**changes).get, num_draws=200)
    assert [one['name'] for one in checks if not one['is_ok']] == failing
    assert all(
        'not reached' in format_check(one)
        for one in checks
        if not one['is_ok']
    )


@pytest.mark.parametrize(
    ('first', 'second', 'wanted', 'is_reached'),
    [
        ('10', '01', 0.05, False),  # a draw of the second row alone has -1
        ('11', '00', 1.5, False),  # surely 1, but that is too little
        ('11', '00', 1.0, True),
    ],
)
def test_a_difference_is_reached_by_mean_and_interval(
    first, second, wanted, is_reached
):
    rows = {ORACLE: [seed(first)], RANDOM: [seed(second)]}
    found = measure_difference(
        Difference('it', ORACLE, RANDOM, wanted), rows.get, num_draws=200
    )
    assert found['is_reached'] is is_reached
