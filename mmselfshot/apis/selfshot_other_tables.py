"""Tables of Self-Shot VIS on ToyVIS without numbers of the paper beside them.

Source: Self-Shot VIS (ECCV 2022), Fig. 2. Ours: the other four.
"""

from mmselfshot.apis.selfshot_cells import Cell, Line, Table, cells_of
from mmselfshot.apis.selfshot_trials import NO_FUSER, RANKING, Trial


def summary() -> Table:
    """What the two required differences are made of, in few tests."""
    lines = [
        Line(title, cells_of(supports))
        for title, supports in (
            ('random', 'random'),
            ('ranking', RANKING),
            ('oracle', 'oracle'),
        )
    ]
    untold = Cell(NO_FUSER)
    return Table(
        *('summary', 'Supports, and the network without a fuser', 'supports'),
        ('1', '5'),
        (Line('no fuser', (untold, untold)), *lines),
    )


def pool_figure() -> Table:
    """Fig. 2: what a larger pool is worth."""
    shares = {16: '1/16', 8: '1/8', 4: '1/4', 2: '1/2'}
    lines = [
        Line(title, cells_of(f'pool{share}', (5,)))
        for share, title in shares.items()
    ]
    lines.append(Line('1', cells_of(RANKING, (5,))))
    return Table(
        *('fig2', 'Figure 2: share of the pool, ranking', 'share', ('5',)),
        tuple(lines),
        note='Nested parts of the sources, drawn with the seed.',
    )


def without_supports() -> Table:
    """No support at all, and supports that show nothing."""
    trials = {
        'none': Trial(supports='none', k=0),
        '5 black clips': Trial(mode='zeros'),
        '5 clips of noise': Trial(mode='noise'),
    }
    return Table(
        *('zero', 'Without what supports show', 'supports', ('AP50',)),
        tuple(Line(title, (Cell(one),)) for title, one in trials.items()),
        note='Black clips were trained with, noise was not.',
    )


def support_encodings() -> Table:
    """Ours, and the form that the paper prints."""
    lines = [
        Line(
            title,
            (
                *cells_of(RANKING, training=training),
                *cells_of('oracle', training=training),
            ),
        )
        for title, training in (('separate', 'all'), ('joint', 'joint'))
    ]
    return Table(
        *('encoding', 'Supports encoded each by itself or as one'),
        'support_encoding',
        ('ranking 1', 'ranking 5', 'oracle 1', 'oracle 5'),
        tuple(lines),
    )


def right_supports() -> Table:
    """How many of five supports must be right for the fuser to pay."""
    numbers = (0, 1, 2, 3, 4, 5)
    names = ('wrong', *(f'right{num}' for num in numbers[1:-1]), 'oracle')
    told = tuple(Cell(Trial(supports=name)) for name in names)
    untold = Cell(NO_FUSER)
    return Table(
        *('right', 'How many of five supports show the kind', 'network'),
        tuple(map(str, numbers)),
        (
            Line('all modules', told),
            Line('no fuser', (untold,) * len(numbers)),
        ),
        note='Right ones are oracles, the others clips without the kind.',
    )
