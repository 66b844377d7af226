"""Supports of training: other labelled videos of the same class.

Source: Self-Shot VIS (ECCV 2022), Sec. 3.
Ours: each support is of another source; where there are fewer than K, they
come again, with other frames. A support that shows nothing else of what the
query shows is preferred, and several target classes take turns, both as in
files of pairs.
"""

import random
from collections.abc import Mapping, Sequence


class TrainingSupports:
    """Draws supports for training queries.

    Args:
        records: Of all videos that may support, see `episode_records`.
    """

    def __init__(self, records: Sequence[Mapping]) -> None:
        self._of_class: dict[int, list[Mapping]] = {}
        for record in records:
            small = {
                name: record[name] for name in ('name', 'source', 'shown_ids')
            }
            for category in record['category_ids']:
                self._of_class.setdefault(category, []).append(small)

    def supported(self, record: Mapping) -> list[int]:
        """Target classes of a query that another source shows as well."""
        return [
            category
            for category in record['category_ids']
            if any(
                one['source'] != record['source']
                for one in self._of_class.get(category, ())
            )
        ]

    def draw(
        self,
        record: Mapping,
        num_supports: int,
        generator: random.Random,
    ) -> tuple[list[int], list[str]]:
        """Draw target classes and supports.

        Args:
            record: Of the query, each class of which is `supported`.
            num_supports: K; at most so many classes are targets.
            generator: Of the draw.

        Returns:
            Category ids of the targets, and K names; the i-th shows the
            (i mod n)-th of n targets.
        """
        targets = list(record['category_ids'])
        generator.shuffle(targets)
        targets = sorted(targets[: max(num_supports, 1)])
        names, used = [], {record['source']}
        for turn in range(num_supports):
            category = targets[turn % len(targets)]
            others = [
                one
                for one in self._of_class[category]
                if one['source'] != record['source']
            ]
            fresh = [one for one in others if one['source'] not in used]
            common = record['shown_ids'] - {category}
            alone = [
                one for one in fresh or others if not common & one['shown_ids']
            ]
            chosen = generator.choice(alone or fresh or others)
            names.append(chosen['name'])
            used.add(chosen['source'])
        return targets, names
