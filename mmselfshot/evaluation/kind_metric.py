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


@METRICS.register_module()
class CellKindMetric(BaseMetric):
    """Share of the cells of things whose kind is told rightly."""

    default_prefix = 'cells'

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Take in the numbers `right` and `shown` of each frame."""
        self.results += [(one['right'], one['shown']) for one in data_samples]

    def compute_metrics(
        self, results: list[tuple[int, int]]
    ) -> dict[str, float]:
        """Over the cells of all frames."""
        right, shown = map(sum, zip(*results))
        return dict(accuracy=right / max(shown, 1))
