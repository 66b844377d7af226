import torch

from mmselfshot.evaluation import CellKindMetric, KindMetric


def test_one_of_two_kinds_counts_half():
    metric = KindMetric()
    samples = [
        dict(
            logits=torch.tensor([3.0, 2.0, 1.0]),
            kinds=torch.tensor([True, False, True]),
        ),
        dict(
            logits=torch.tensor([0.0, 2.0, 1.0]),
            kinds=torch.tensor([False, True, False]),
        ),
    ]
    metric.process({}, samples)
    assert metric.evaluate(2) == {'stills/accuracy': 0.75}


def test_cells_of_all_frames_count_alike():
    metric = CellKindMetric()
    metric.process({}, [dict(right=1, shown=1), dict(right=1, shown=3)])
    assert metric.evaluate(2) == {'cells/accuracy': 0.5}
