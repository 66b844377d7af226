"""Whether ToyVIS and a training can tell good supports from bad ones.

Ours: four checks of the instrument, on other seeds than those whose tables
are reported. Chance of the swap test is .5.
"""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from mmselfshot.apis.selfshot_cells import Cell
from mmselfshot.apis.selfshot_report import (
    Difference,
    Rows,
    measure_cell,
    measure_difference,
)
from mmselfshot.apis.selfshot_trials import Trial
from mmselfshot.evaluation.query_rows import swap_score

SWAP = Trial(labels='swap')
ORACLE = Trial()
WRONG, RANDOM = Trial(supports='wrong'), Trial(supports='random')
ZEROS = Trial(mode='zeros')
MIXED = (
    WRONG,
    Trial(supports='right1'),
    Trial(supports='right3'),
    ORACLE,
)
TRIALS = (SWAP, *MIXED, RANDOM, ZEROS)
LEAST_SWAP, LEAST_ORACLE, LEAST_GAP, MOST_ABOVE = 0.75, 0.40, 0.10, 0.02


def run_checks(rows: Rows, num_draws: int = 1000) -> list[dict[str, Any]]:
    """Measure all checks.

    Args:
        rows: Of each of `TRIALS`, for each seed.
        num_draws: Of the bootstrap.

    Returns:
        A list of `name`, `text` with the figures, `is_ok`, and the numbers.
    """
    checks = [_swap(rows(SWAP))]
    ap = {trial: measure_cell(Cell(trial), rows)['mean'] for trial in TRIALS}
    checks.append(
        _check(
            'oracle',
            f'oracle AP50 {ap[ORACLE]:.3f} (at least {LEAST_ORACLE})',
            ap[ORACLE] >= LEAST_ORACLE,
            ap50=ap[ORACLE],
        )
    )
    for name, other in (('wrong', WRONG), ('random', RANDOM)):
        gap = measure_difference(
            Difference(name, ORACLE, other, LEAST_GAP), rows, num_draws
        )
        checks.append(
            _check(
                f'oracle minus {name}',
                f'oracle minus {name} supports {100 * gap["mean"]:+.1f} '
                f'points, 95 % interval {100 * gap["low"]:+.1f} to '
                f'{100 * gap["high"]:+.1f} (at least '
                f'{100 * LEAST_GAP:.0f}, above 0)',
                gap['is_reached'],
                **gap,
            )
        )
    above = ap[ZEROS] - ap[RANDOM]
    checks.append(
        _check(
            'zeros',
            f'black supports {100 * above:+.1f} points above random ones '
            f'({ap[ZEROS]:.3f} and {ap[RANDOM]:.3f}; at most '
            f'{100 * MOST_ABOVE:.0f})',
            above <= MOST_ABOVE,
            ap50=[ap[ZEROS], ap[RANDOM]],
        )
    )
    rising = [ap[trial] for trial in MIXED]
    checks.append(
        _check(
            'right supports',
            f'AP50 with 0, 1, 3, 5 right supports of 5: '
            f'{", ".join(f"{one:.3f}" for one in rising)} (rises)',
            all(a < b for a, b in itertools.pairwise(rising)),
            ap50=rising,
        )
    )
    return checks


def format_check(check: dict[str, Any]) -> str:
    """One line."""
    return f'{check["text"]}: {"ok" if check["is_ok"] else "not reached"}'


def _swap(by_seed: Sequence[Sequence]) -> dict[str, Any]:
    """Each query twice, once with the supports of each of its kinds."""
    scores = [[swap_score(row) for row in rows] for rows in by_seed]
    share = float(np.mean([np.mean(one) for one in scores]))
    return _check(
        'swap',
        f'swap test: the best slot overlaps the kind of the supports more '
        f'in {share:.3f} of {sum(map(len, scores))} cases (at least '
        f'{LEAST_SWAP}, chance .5)',
        share >= LEAST_SWAP,
        share=share,
    )


def _check(name: str, text: str, is_ok: bool, **numbers: Any) -> dict:
    return {**numbers, 'name': name, 'text': text, 'is_ok': bool(is_ok)}
