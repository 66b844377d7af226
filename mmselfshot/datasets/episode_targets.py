"""What is to be segmented in each video, and what must not be.

Source: Self-Shot VIS (ECCV 2022), Sec. 3: targets of training are of seen
classes, those of the test of unseen ones, which no training may know.
Ours: instances of test classes may stay in training videos as non-targets.
"""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from mmengine.logging import print_log

from mmselfshot.datasets.benchmark_splits import (
    SPLITS,
    BenchmarkSplit,
    describe_counts,
    find_split,
    videos_of_part,
)
from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.datasets.support_pairs import SupportPair
from mmselfshot.utils import UserError, read_json

PARTS = ('train', 'test')


def read_class_split(split: str | Path, labels: LabelFile) -> BenchmarkSplit:
    """The seen and unseen classes of a benchmark or of a ToyVIS world.

    Of a benchmark, numbers of videos are logged beside the paper's.

    Args:
        split: A name of `SPLITS`, or the split.json of a world of level
            fewshot.
        labels: All videos.

    Raises:
        UserError: If it is neither.
    """
    if str(split) in SPLITS:
        found = find_split(str(split))
        for line in describe_counts(labels, found):
            print_log(line, logger='current')
        return found
    if Path(split).suffix != '.json':
        raise UserError(
            f'no split {str(split)!r}; expected one of {", ".join(SPLITS)}, '
            'or the split.json of a ToyVIS world'
        )
    content = read_json(split)
    try:
        parts = [
            dict(zip(content[part], content[f'{part}_ids'], strict=True))
            for part in ('seen', 'unseen')
        ]
    except (KeyError, TypeError, ValueError):
        raise UserError(
            f'{split} does not name seen and unseen kinds; expected the '
            'split.json of a ToyVIS world of level fewshot'
        ) from None
    return BenchmarkSplit(
        'toyvis', f'labels beside {split}', *parts, single_class=False
    )


def find_targets(
    labels: LabelFile,
    split: BenchmarkSplit | None,
    part: str,
    classes: Sequence[str] | None = None,
    has_mixed_videos: bool = False,
) -> dict[int, list[int]]:
    """Category ids of the targets of each video that has some.

    Where videos say `target_ids`, as in ToyVIS, these are taken; otherwise
    all classes that a video of this part shows, see `videos_of_part`.

    Args:
        labels: All videos.
        split: Seen and unseen classes; None: all classes may be targets.
        part: `train` or `test`.
        classes: Names of classes that may be targets; None: all of the part.
        has_mixed_videos: Whether a video that shows a class of the test part
            too is trained on, with those instances as non-targets.

    Raises:
        UserError: If a class of the test part would be a target of training.
    """
    names = {one['id']: one['name'] for one in labels.categories}
    forbidden = _forbidden_ids(split, part)
    allowed = _allowed_ids(labels, classes, names, forbidden)
    if any(video.get('target_ids') for video in labels.videos.values()):
        found = {
            key: list(video.get('target_ids') or ())
            for key, video in labels.videos.items()
        }
    elif split is None:
        found = {key: _classes_of(many) for key, many in _all(labels)}
    elif has_mixed_videos and part == 'train':
        seen = set(split.train.values())
        found = {
            key: [one for one in _classes_of(many) if one in seen]
            for key, many in _all(labels)
        }
    else:
        found = videos_of_part(labels, split, part)
    for video_id, targets in found.items():
        wrong = [names[one] for one in targets if one in forbidden]
        if wrong:
            raise UserError(
                f'video {video_id} of {labels.path} has the target '
                f'{wrong[0]!r}, a test class of split {split.name}; it must '
                'not be trained on; give the label file of the training '
                'videos'
            )
    chosen = {
        key: [one for one in targets if allowed is None or one in allowed]
        for key, targets in found.items()
    }
    return {key: targets for key, targets in chosen.items() if targets}


def count_foreign_instances(
    labels: LabelFile, video_ids: Iterable[int], foreign: Collection[int]
) -> tuple[int, int]:
    """Instances of these categories in videos, and in how many videos."""
    counts = [
        sum(one['category_id'] in foreign for one in labels.annotations[key])
        for key in video_ids
    ]
    return sum(counts), sum(count > 0 for count in counts)


def refuse_test_classes(
    labels: LabelFile,
    pairs: Sequence[SupportPair],
    split: BenchmarkSplit | None,
    part: str,
) -> None:
    """Look at the targets of pairs that are trained on.

    Raises:
        UserError: If one is of a class of the test part.
    """
    forbidden = _forbidden_ids(split, part)
    names = {one['id']: one['name'] for one in labels.categories}
    for pair in pairs:
        for one in pair.category_ids:
            if one in forbidden:
                raise UserError(
                    f'the pair of query {pair.name!r} has the target '
                    f'{names.get(one, one)!r}, a test class of split '
                    f'{split.name}; it must not be trained on'
                )


def _all(labels: LabelFile):
    return labels.annotations.items()


def _classes_of(annotations: Sequence[dict]) -> list[int]:
    return sorted(
        {one['category_id'] for one in annotations if not one.get('iscrowd')}
    )


def _forbidden_ids(split: BenchmarkSplit | None, part: str) -> set[int]:
    if part not in PARTS:
        raise UserError(f'part={part!r}; expected one of {", ".join(PARTS)}')
    if split is None or part == 'test':
        return set()
    return set(split.test.values())


def _allowed_ids(
    labels: LabelFile,
    classes: Sequence[str] | None,
    names: dict[int, str],
    forbidden: set[int],
) -> set[int] | None:
    if classes is None:
        return None
    ids = {name: number for number, name in names.items()}
    for name in classes:
        if name not in ids:
            raise UserError(f'{labels.path} has no class {name!r}')
        if ids[name] in forbidden:
            raise UserError(
                f'class {name!r} is a test class and must not be a target of '
                'training; take it out of target_classes'
            )
    return {ids[name] for name in classes}
