import torch

from mmselfshot.evaluation import KindMetric


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
