"""How much a network computes for a query with supports."""

import pytest

from mmselfshot.engine.complexity import measure_complexity
from mmselfshot.utils import UserError


def test_each_support_costs_the_same(repo):
    config = repo / 'configs/selfshot/selfshot_5shot_toyvis.py'
    found = [
        measure_complexity(config, 1, (64, 96), num_supports=num)
        for num in (0, 1, 2, 4)
    ]
    none, one, two, four = (each.gigaflops for each in found)
    assert 0 < none < one < two
    assert four - two == pytest.approx(2 * (two - one))
    assert len({each.num_parameters for each in found}) == 1


def test_a_model_without_supports_is_one_line(repo):
    with pytest.raises(UserError, match=r'MinVIS of .* takes no supports'):
        measure_complexity(
            repo / 'configs/minvis/minvis_toyvis.py', num_supports=1
        )
