"""Seen and unseen classes of the benchmarks of Self-Shot VIS.

Source: Self-Shot VIS (ECCV 2022), Sec. 3 and appendix (Tables 6 and 7). The
30 + 10 classes of Self-VIS are exactly those of YouTube-VIS 2019, so that is
the default; in the 2021 names eagle and owl are one class, bird, which is in
neither part of the variant.
Ours: what the paper does not say of Self-OVIS, whose videos hold several
classes and of which none was dropped (449 + 158 = 607): a video with an
instance of a test class belongs to the test part, so that training sees none.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.utils import UserError


@dataclass(frozen=True)
class BenchmarkSplit:
    """Classes of one benchmark, official id by official name.

    single_class: Whether videos of several classes are left out.
    paper_counts: Videos in the paper, by part (Self-VIS of either version:
        the paper names classes of 2019 and a total of 2021).
    """

    name: str
    labels: str
    train: dict[str, int]
    test: dict[str, int]
    single_class: bool
    paper_counts: dict[str, int] = field(default_factory=dict)

    def classes(self, part: str) -> dict[str, int]:
        """Of `train` or `test`."""
        return {'train': self.train, 'test': self.test}[part]


SPLITS = {
    split.name: split
    for split in (
        BenchmarkSplit(
            'self-vis',
            'YouTube-VIS 2019, train.json',
            train={
                'tennis_racket': 40,
                'snowboard': 33,
                'surfboard': 27,
                'earless_seal': 39,
                'horse': 18,
                'boat': 34,
                'mouse': 36,
                'tiger': 31,
                'frog': 37,
                'elephant': 32,
                'truck': 29,
                'owl': 26,
                'airplane': 28,
                'zebra': 30,
                'train': 17,
                'deer': 25,
                'fish': 16,
                'leopard': 23,
                'turtle': 19,
                'fox': 24,
                'duck': 13,
                'snake': 9,
                'skateboard': 5,
                'rabbit': 12,
                'cat': 14,
                'sedan': 6,
                'parrot': 4,
                'giant_panda': 2,
                'ape': 7,
                'person': 1,
            },
            test={
                'eagle': 38,
                'cow': 15,
                'motorbike': 21,
                'bear': 20,
                'dog': 8,
                'shark': 35,
                'giraffe': 22,
                'monkey': 10,
                'lizard': 3,
                'hand': 11,
            },
            single_class=True,
            paper_counts={'all': 2123, 'train': 1651, 'test': 472},
        ),
        BenchmarkSplit(
            'self-vis-2021',
            'YouTube-VIS 2021, train.json',
            train={
                'airplane': 1,
                'boat': 4,
                'car': 5,
                'cat': 6,
                'deer': 8,
                'duck': 10,
                'earless_seal': 11,
                'elephant': 12,
                'fish': 13,
                'fox': 15,
                'frog': 16,
                'giant_panda': 17,
                'horse': 19,
                'leopard': 20,
                'mouse': 24,
                'parrot': 25,
                'person': 26,
                'rabbit': 27,
                'skateboard': 29,
                'snake': 30,
                'snowboard': 31,
                'surfboard': 33,
                'tennis_racket': 34,
                'tiger': 35,
                'train': 36,
                'truck': 37,
                'turtle': 38,
                'zebra': 40,
            },
            test={
                'bear': 2,
                'cow': 7,
                'dog': 9,
                'giraffe': 18,
                'lizard': 21,
                'monkey': 22,
                'motorbike': 23,
                'shark': 28,
            },
            single_class=True,
            paper_counts={'all': 2123, 'train': 1651, 'test': 472},
        ),
        BenchmarkSplit(
            'self-ovis',
            'OVIS, annotations_train.json',
            train={
                'Fish': 19,
                'Vehical': 25,
                'Sheep': 6,
                'Zebra': 10,
                'Bird': 2,
                'Poultry': 12,
                'Elephant': 8,
                'Motorcycle': 22,
                'Dog': 4,
                'Monkey': 16,
                'Boat': 24,
                'Turtle': 20,
                'Cow': 7,
                'Parrot': 15,
                'Giraffe': 11,
                'Tiger': 18,
                'Giant_panda': 13,
            },
            test={
                'Person': 1,
                'Horse': 5,
                'Bicycle': 21,
                'Rabbit': 17,
                'Cat': 3,
                'Airplane': 23,
                'Bear': 9,
                'Lizard': 14,
            },
            single_class=False,
            paper_counts={'all': 607, 'train': 449, 'test': 158},
        ),
    )
}


def find_split(name: str) -> BenchmarkSplit:
    """A split by its name.

    Raises:
        UserError: If there is none of this name.
    """
    if name not in SPLITS:
        raise UserError(
            f'no split {name!r}; expected one of {", ".join(SPLITS)}'
        )
    return SPLITS[name]


def single_class_videos(labels: LabelFile) -> dict[int, int]:
    """Videos whose annotations are all of one category.

    Returns:
        That category's id by video id; videos without annotations are left
        out.
    """
    found = {}
    for video_id, many in labels.annotations.items():
        held = {one['category_id'] for one in many}
        if len(held) == 1:
            found[video_id] = held.pop()
    return found


def videos_of_part(
    labels: LabelFile, split: BenchmarkSplit, part: str
) -> dict[int, list[int]]:
    """Videos of one part, and which of its classes each shows.

    Args:
        labels: The official training file that the split is made from.
        split: Of `SPLITS`.
        part: `train` or `test`.

    Returns:
        By video id the ids of its target classes, rising.

    Raises:
        UserError: If the file's categories are not those of the split.
    """
    _check_categories(labels, split)
    if split.single_class:
        wanted = set(split.classes(part).values())
        return {
            video_id: [category]
            for video_id, category in single_class_videos(labels).items()
            if category in wanted
        }
    test = set(split.test.values())
    chosen = {}
    for video_id, many in labels.annotations.items():
        held = {one['category_id'] for one in many}
        if held and bool(held & test) == (part == 'test'):
            targets = held & test if part == 'test' else held
            chosen[video_id] = sorted(targets)
    return chosen


def describe_counts(labels: LabelFile, split: BenchmarkSplit) -> Iterator[str]:
    """Numbers of videos, and a warning where the paper has others.

    Nothing is fitted to the paper's numbers.
    """
    counts = {
        part: len(videos_of_part(labels, split, part))
        for part in ('train', 'test')
    }
    total = len(labels.videos)
    if split.single_class:
        counts = {'all': len(single_class_videos(labels)), **counts}
        yield f'{total} videos, {counts["all"]} of a single class'
    else:
        counts = {'all': sum(counts.values()), **counts}
        yield f'{total} videos, {counts["all"]} with annotations'
    yield f'train: {counts["train"]} videos, test: {counts["test"]} videos'
    others = {
        part: number
        for part, number in split.paper_counts.items()
        if number != counts[part]
    }
    if others:
        told = ', '.join(f'{n} ({part})' for part, n in others.items())
        yield (
            f'warning: the paper counts {told}; it was made from '
            f'{split.labels}, maybe another version'
        )


def _check_categories(labels: LabelFile, split: BenchmarkSplit) -> None:
    """Each class stands in the file under its official id."""
    names = {one['id']: one['name'] for one in labels.categories}
    for name, number in {**split.train, **split.test}.items():
        if names.get(number) != name:
            raise UserError(
                f'category {number} of {labels.path} is '
                f'{names.get(number)!r}, of split {split.name} {name!r}; '
                f'give {split.labels}, or another split'
            )
