"""How well the kinds in still pictures are named."""

from collections.abc import Sequence

from mmengine.evaluator import BaseMetric

from mmselfshot.registry import METRICS


@METRICS.register_module()
class KindMetric(BaseMetric):
    """Share of kinds found among as many best-scored ones as are there.

    For a picture with one kind this is top-1 accuracy.
    """

    default_prefix = 'stills'

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Take in `logits` (K,) and `kinds` (K,) bool of each picture."""
        for sample in data_samples:
            truth = sample['kinds']
            best = sample['logits'].topk(int(truth.sum())).indices
            self.results.append(float(truth[best].float().mean()))

    def compute_metrics(self, results: list[float]) -> dict[str, float]:
        """Mean over the pictures."""
        return dict(accuracy=sum(results) / max(len(results), 1))
