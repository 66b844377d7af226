"""The paper's tables as lists of tests, with the paper's own numbers.

Source: Self-Shot VIS (ECCV 2022), Tab. 1-5, 9, 10, 12 and 13.
Ours: a network without a fuser takes no supports, one test stands for all.
"""

from mmselfshot.apis.selfshot_cells import Cell, Line, Table, cells_of
from mmselfshot.apis.selfshot_other_tables import (
    pool_figure,
    right_supports,
    summary,
    support_encodings,
    without_supports,
)
from mmselfshot.apis.selfshot_trials import ENCODERS, MOTION, RANKING, Trial

ONE_AND_FIVE = ('1', '5')
NOTE_4A = (
    'paper, five groups whose bounds are not legible: 1 x self-shot 52.1, '
    '51.7, 49.5, 44.7, 41.6; 5 x self-shot 54.8, 54.6, 52.9, 50.2, 45.5.'
)


def _table_1() -> Table:
    columns = ('1', '5', '5+(1)', '5+(3)', '5+(5)')
    paper = {
        'random': (44.3, 44.9, 44.8, 45.1, 45.1),
        'oracle': (53.2, 56.6, 56.1, 57.6, 57.8),
        'frozen_cnn_toyvis': (46.9, 48.3, 48.5, 48.2, 48.4),
        'retriever_moco_image_toyvis': (49.4, 51.6, 51.9, 51.7, 51.9),
        'retriever_milnce_toyvis': (50.1, 52.5, 52.6, 52.9, 53.3),
        RANKING: (51.4, 54.3, 54.6, 55.2, 55.4),
    }
    lines = [
        Line(ENCODERS.get(name, name), cells_of(name, (1, 5, 6, 8, 10)), row)
        for name, row in paper.items()
    ]
    return Table(
        *('1', 'Table 1: who chooses the supports', 'supports', columns),
        *(tuple(lines), columns),
        '5+(n): the first 5 + n of the same list.',
    )


def _modules(name: str, supports: str, paper: dict[str, tuple]) -> Table:
    lines = []
    for training, row in paper.items():
        if 'fus' in training or training == 'all':
            cells = cells_of(supports, training=training)
        else:
            cells = cells_of('none', (0, 0), training=training)
        lines.append(Line(training.replace('_', ' + '), cells, row))
    title = f'Table {name}: modules, supports by {_name_of(supports)}'
    return Table(
        *(name, title, 'modules'),
        *(ONE_AND_FIVE, tuple(lines), ONE_AND_FIVE),
        'Without the fuser a network takes no supports.',
    )


def _name_of(supports: str) -> str:
    return 'ranking' if supports == RANKING else supports


def _parts(name: str, title: str, head: str, paper: dict, **split) -> Table:
    """Tables 4a and 4b: one test, its queries in four parts."""
    (key, labels), numbers = split.popitem(), (1, 2, 3, 4)
    lines = []
    for supports in (RANKING, 'oracle'):
        for k in (1, 5):
            trial = Trial(supports=supports, k=k, labels=labels)
            cells = tuple(Cell(trial, **{key: one}) for one in numbers)
            row = paper.get((supports, k), ())
            lines.append(Line(f'{k} x {_name_of(supports)}', cells, row))
    columns = tuple(map(str, numbers))
    of_paper = (*columns[:-1], '>=4') if paper else ()
    note = '' if paper else NOTE_4A
    return Table(name, title, head, columns, tuple(lines), of_paper, note)


def _table_5() -> Table:
    paper = (
        (None, 53.2, 53.9, 55.0, 55.7, 56.6),
        (51.4, 53.6, 54.5, 55.1, 56.0),
        (52.3, 54.2, 54.8, 55.9),
        (52.8, 54.7, 55.2),
        (53.6, 55.1),
        (54.3,),
    )
    lines = []
    for found, row in enumerate(paper):
        cells = [semi_shot_cell(found, given) for given in range(6 - found)]
        missing = (None,) * found
        lines.append(
            Line(f'{found} found', (*cells, *missing), (*row, *missing))
        )
    columns = tuple(f'{given} given' for given in range(6))
    return Table(
        *('5', 'Table 5: semi-shot, found by ranking beside given ones'),
        *('supports', columns, tuple(lines), columns),
    )


def semi_shot_cell(found: int, given: int) -> Cell:
    """Some labelled supports, and others that were found with their help."""
    if found + given == 0:
        return Cell(Trial(supports='none', k=0))
    supports = f'semi{given}' if given else RANKING
    return Cell(
        Trial(supports=supports if found else 'oracle', k=found + given)
    )


def _table_9() -> Table:
    rows = {
        ('none', 'position_none'): (49.4, 52.3),
        ('query', 'position_query'): (50.3, 53.7),
        ('support', 'position_support'): (52.4, 55.9),
        ('both', 'all'): (53.2, 56.6),
    }
    lines = tuple(
        Line(title, cells_of('oracle', training=training), row)
        for (title, training), row in rows.items()
    )
    return Table(
        *('9', 'Table 9: positions in which encoder, oracle supports'),
        *('positions', ONE_AND_FIVE, lines, ONE_AND_FIVE),
    )


def _motion() -> Table:
    columns = ('0', '1', '5')
    baseline = Cell(Trial(MOTION, 'none', 0))
    found = (None, *cells_of(RANKING))
    five_more = (None, *cells_of(RANKING, (6, 10)))
    return Table(
        *('2', 'Table 2: without supports, without training', 'method'),
        columns,
        (
            Line('motion', (baseline, None, None), (47.4, None, None)),
            Line('ranking', found, (None, 51.4, 54.3)),
            Line('ranking, k + (5)', five_more, (None, 54.6, 55.4)),
        ),
        columns,
        'Motion segmentation without training stands for the one that the '
        'paper cites as [22]. k + (5): the first k + 5 of the same list.',
    )


def _table_12() -> Table:
    lines = (
        Line('videos', cells_of('oracle'), (53.2, 56.6)),
        Line(
            'middle frames',
            cells_of('oracle', mode='middle_frame'),
            (48.7, 52.0),
        ),
    )
    return Table(
        *('12', 'Table 12: images as supports, oracle', 'supports'),
        *(ONE_AND_FIVE, lines, ONE_AND_FIVE),
    )


def _table_13() -> Table:
    rows = {
        'temporal_segments': (44.0, 46.6),
        'spatial_segments': (44.9, 47.8),
    }
    lines = [
        Line(mode.replace('_', ' '), cells_of('oracle', mode=mode), row)
        for mode, row in rows.items()
    ]
    lines.append(Line('ranking', cells_of(RANKING), (51.4, 54.3)))
    return Table(
        *('13', 'Table 13: parts of the query as its supports', 'supports'),
        *(ONE_AND_FIVE, tuple(lines), ONE_AND_FIVE),
    )


def make_tables() -> list[Table]:
    """All tables."""
    self_shot = {
        'dec': (40.7, 40.8),
        'enc_dec': (42.4, 42.2),
        'fus_dec': (49.1, 51.5),
        'all': (51.4, 54.3),
    }
    oracle = {
        'dec': (42.9, 43.4),
        'enc_dec': (44.5, 44.8),
        'fus_dec': (50.6, 53.7),
        'all': (53.2, 56.6),
    }
    by_kinds = {
        (RANKING, 1): (23.4, 20.7, 17.1, 8.6),
        (RANKING, 5): (26.2, 23.3, 19.4, 9.4),
    }
    return [
        summary(),
        _table_1(),
        _modules('3', RANKING, self_shot),
        _modules('10', 'oracle', oracle),
        _parts(
            *('4a', 'Table 4a: by number of instances', 'supports', {}),
            num_targets='queries',
        ),
        _parts(
            *('4b', 'Table 4b: by number of kinds to segment', 'supports'),
            by_kinds,
            num_kinds='multi',
        ),
        _table_5(),
        _table_9(),
        _motion(),
        _table_12(),
        _table_13(),
        pool_figure(),
        right_supports(),
        without_supports(),
        support_encodings(),
    ]
