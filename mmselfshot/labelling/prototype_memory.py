"""The prototype memory, which throws out wrongly named masks.

Source: UVIS (CVPR-W 2024), prototype memory filtering: k-means over the CLIP
features of the instances of a class; an instance stays if its greatest
cosine to the prototypes of its class is at least tau (0.7 was best).
Ours, because the paper's are not known: one bank over the whole training set,
after the score filter; K = min(5, n // 10), at least 1; spherical k-means
with seeded k-means++ and 20 iterations; classes with fewer than 10 instances
are passed and reported.
"""

import numpy as np

from mmselfshot.labelling.candidates import CandidateTable
from mmselfshot.labelling.filter_report import FilterReport, count_kept
from mmselfshot.registry import TASK_UTILS
from mmselfshot.utils import UserError


def spherical_kmeans(
    features: np.ndarray,
    num_prototypes: int,
    rng: np.random.Generator,
    num_iters: int = 20,
) -> np.ndarray:
    """K-means on the unit sphere, by cosine.

    k-means++ begins with a random point and draws each further one with a
    probability in proportion to 1 - (greatest cosine to those there are). A
    prototype that loses all its points stays where it is.

    Args:
        features: (N, C) float of unit length, N at least 1.
        num_prototypes: Wanted; fewer come if the points are fewer or the
            same.
        rng: Draws the beginnings.
        num_iters: Rounds at most; stops when no point changes its prototype.

    Returns:
        (P, C) float64 of unit length, 1 <= P <= num_prototypes.

    Raises:
        ValueError: If there is no point.
    """
    if len(features) == 0:
        raise ValueError('no point to make prototypes of')
    points = np.asarray(features, dtype=np.float64)
    prototypes = _choose_beginnings(points, num_prototypes, rng)
    nearest = None
    for _ in range(num_iters):
        before, nearest = nearest, (points @ prototypes.T).argmax(1)
        if before is not None and (before == nearest).all():
            break
        for index in range(len(prototypes)):
            mean = points[nearest == index].sum(0)
            length = np.linalg.norm(mean)
            if length > 1e-12:
                prototypes[index] = mean / length
    return prototypes


def _choose_beginnings(
    points: np.ndarray, number: int, rng: np.random.Generator
) -> np.ndarray:
    """Seeded k-means++ on the sphere; (P, C), points that differ."""
    chosen = [int(rng.integers(len(points)))]
    distance = 1 - points @ points[chosen[0]]
    while len(chosen) < number:
        # rounding must not make an equal point a new beginning
        weight = np.where(distance > 1e-9, distance, 0)
        if weight.sum() == 0:
            break
        chosen.append(int(rng.choice(len(points), p=weight / weight.sum())))
        distance = np.minimum(distance, 1 - points @ points[chosen[-1]])
    return points[chosen].copy()


def count_prototypes(
    num_samples: int, max_prototypes: int = 5, min_samples: int = 10
) -> int:
    """Prototypes of a class, 0 if it has too few samples to be judged.

    At least `min_samples` samples share each prototype on average: with as
    many prototypes as samples, every sample would be its own.
    """
    if num_samples < min_samples:
        return 0
    return max(1, min(max_prototypes, num_samples // max(min_samples, 1)))


@TASK_UTILS.register_module()
class PrototypeMemory:
    """Drops candidates that are far from all prototypes of their class.

    Reason given: `prototype`. The cosine of every judged candidate is left
    in the table's extra column `prototype_similarity` (NaN elsewhere).

    Args:
        tau: Least cosine, in [-1, 1].
        max_prototypes: Per class.
        min_samples: Classes with fewer kept candidates are passed.
        seed: Of k-means++; each class has a stream of its own.
        num_iters: Of k-means.
    """

    def __init__(
        self,
        tau: float = 0.7,
        max_prototypes: int = 5,
        min_samples: int = 10,
        seed: int = 0,
        num_iters: int = 20,
    ) -> None:
        if not -1 <= tau <= 1:
            raise UserError(f'tau={tau}; expected a cosine, -1 to 1')
        if max_prototypes < 1 or min_samples < 1:
            raise UserError(
                f'max_prototypes={max_prototypes}, '
                f'min_samples={min_samples}; expected 1 or more'
            )
        self.tau = tau
        self.max_prototypes = max_prototypes
        self.min_samples = min_samples
        self.seed = seed
        self.num_iters = num_iters

    def __call__(self, table: CandidateTable) -> FilterReport:
        """Set reasons in the table.

        Raises:
            UserError: If the candidates have no features.
        """
        if table.features.shape[1] == 0:
            raise UserError(
                'PrototypeMemory needs features and the candidates have '
                'none; set a namer, or take the filter out'
            )
        before = count_kept(table)
        similarity = np.full(len(table), np.nan)
        passed = []
        for label, name in enumerate(table.classes):
            rows = np.flatnonzero(table.is_kept & (table.label == label))
            number = count_prototypes(
                len(rows), self.max_prototypes, self.min_samples
            )
            if number == 0:
                if len(rows):
                    passed.append(name)
                continue
            features = table.features[rows].astype(np.float64)
            prototypes = spherical_kmeans(
                features,
                number,
                np.random.default_rng([self.seed, label]),
                self.num_iters,
            )
            similarity[rows] = (features @ prototypes.T).max(1)
        table.extra['prototype_similarity'] = similarity
        with np.errstate(invalid='ignore'):
            table.drop(similarity < self.tau, 'prototype')
        report = FilterReport('PrototypeMemory', before, count_kept(table))
        report.passed = passed
        if passed:
            report.notes.append(
                f'{len(passed)} classes have fewer than {self.min_samples} '
                f'instances and were passed: {", ".join(passed)}'
            )
        return report
