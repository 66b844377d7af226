"""The queries of a part of a label file, or of a file of pairs.

What is left out, and test classes that stay in training videos as
non-targets, are counted in the log; of the latter it says also that there
are none.
"""

import logging
from collections.abc import Collection, Container, Mapping, Sequence

from mmengine.logging import print_log

from mmselfshot.datasets.benchmark_splits import BenchmarkSplit
from mmselfshot.datasets.episode_records import make_record, records_of_pairs
from mmselfshot.datasets.episode_targets import (
    count_foreign_instances,
    find_targets,
    refuse_test_classes,
)
from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.datasets.support_pairs import SupportPair
from mmselfshot.datasets.training_supports import TrainingSupports
from mmselfshot.utils import UserError


def queries_of_part(
    labels: LabelFile,
    split: BenchmarkSplit | None,
    part: str,
    classes: Sequence[str] | None = None,
    has_mixed_videos: bool = False,
    non_targets: str = 'background',
    prefix: str = '',
) -> list[dict]:
    """Records of all videos with a target, see `find_targets`.

    Raises:
        UserError: If a target must not be one, or there is no video.
    """
    targets = find_targets(labels, split, part, classes, has_mixed_videos)
    foreign = set(split.test.values()) if split else set()
    if part == 'train' and split is not None:
        _report_foreign(labels, targets, foreign, non_targets)
    if not targets:
        raise UserError(
            f'{labels.path} holds no query of the part {part!r}; check '
            'split, part and target_classes'
        )
    return [
        make_record(labels, key, some, foreign, prefix)
        for key, some in targets.items()
    ]


def queries_of_pairs(
    labels: LabelFile,
    pairs: Sequence[SupportPair],
    split: BenchmarkSplit | None,
    part: str,
    known: Container[str] | None = None,
    non_targets: str = 'background',
    prefix: str = '',
) -> list[dict]:
    """Records of the queries of a file of pairs, with their supports.

    Args:
        labels: That hold the queries.
        pairs: See `read_support_pairs`.
        split: See `find_targets`.
        part: Likewise.
        known: Names of supports that can be read; None: none is read.
        non_targets: What instances of test classes are, for the log.
        prefix: Folder that the file names start from.

    Raises:
        UserError: If a target must not be one, or a support is not known.
    """
    refuse_test_classes(labels, pairs, split, part)
    foreign = set(split.test.values()) if split else set()
    records = list(records_of_pairs(labels, pairs, foreign, prefix))
    _report_stale(labels, pairs)
    if part == 'train' and split is not None:
        videos = {pair.video_id for pair in pairs}
        _report_foreign(labels, videos, foreign, non_targets)
    if known is None:
        return records
    for record in records:
        for name in record['supports']:
            if name not in known:
                raise UserError(
                    f'support {name!r} of query {record["name"]!r} is '
                    f'neither a clip of the pool nor a video of {labels.path}'
                    '; give the pool that the file of pairs was made for'
                )
    return records


def keep_labelled(records: Sequence[dict]) -> list[dict]:
    """Leave out training queries of which no frame is labelled.

    Raises:
        UserError: If none is left.
    """
    kept = [one for one in records if one['labelled'] != []]
    if not kept:
        raise UserError(
            f'none of {len(records)} training videos has a labelled frame; '
            'correct labelled_frames in the label file'
        )
    if len(kept) < len(records):
        print_log(
            f'{len(records) - len(kept)} of {len(records)} training videos '
            'have no labelled frame and are no queries',
            logger='current',
        )
    return kept


def report_unscored(
    records: Sequence[Mapping], frames: Sequence[Sequence[int]]
) -> None:
    """Count the test queries of which no predicted frame is labelled.

    Args:
        records: Of the queries, see `episode_records`.
        frames: Of each query, numbers of the frames that are predicted.
    """
    num = sum(
        one['labelled'] is not None and not set(one['labelled']) & set(numbers)
        for one, numbers in zip(records, frames)
    )
    if num:
        print_log(
            f'{num} of {len(records)} queries are predicted in frames of '
            'which none is labelled; they are not scored',
            logger='current',
        )


def report_lonely(records: Sequence[Mapping]) -> None:
    """Count the test queries that have no support."""
    lonely = sum(not record['supports'] for record in records)
    if lonely:
        print_log(
            f'{lonely} of {len(records)} queries have no support and are '
            'segmented without',
            logger='current',
        )


def keep_supported(
    records: Sequence[dict], drawer: TrainingSupports
) -> list[dict]:
    """Leave out training queries that share a class with no other video.

    Raises:
        UserError: If none is left.
    """
    kept = []
    for record in records:
        classes = drawer.supported(record)
        if classes:
            kept.append({**record, 'category_ids': classes})
    if not kept:
        raise UserError(
            f'none of {len(records)} training videos shares a class with '
            'another one; add videos, or train without supports: '
            'num_supports=0 and model.fuser.num_layers=0'
        )
    if len(kept) < len(records):
        print_log(
            f'{len(records) - len(kept)} of {len(records)} training videos '
            'share their classes with no other video and are no queries',
            logger='current',
        )
    return kept


def fill_supports(records: Sequence[dict], num_supports: int) -> list[dict]:
    """Give each training query of a file of pairs K supports.

    Where there are fewer, they come again, with other frames; a query
    without any is left out.

    Args:
        records: See `episode_records`.
        num_supports: K, at least 1.

    Raises:
        UserError: If none is left.
    """
    kept, num_short = [], 0
    for record in records:
        names = record['supports']
        if names:
            again = [names[i % len(names)] for i in range(num_supports)]
            kept.append({**record, 'supports': again})
            num_short += len(names) < num_supports
    if not kept:
        raise UserError(
            f'none of {len(records)} training queries of the file of pairs '
            'has a support; make it again, or train without supports: '
            'num_supports=0 and model.fuser.num_layers=0'
        )
    for num, what in (
        (len(records) - len(kept), 'have no support and are left out'),
        (num_short, f'have fewer than {num_supports} supports, which repeat'),
    ):
        if num:
            print_log(
                f'{num} of {len(records)} training queries {what}',
                logger='current',
            )
    return kept


def _report_stale(labels: LabelFile, pairs: Sequence[SupportPair]) -> None:
    """Count pairs that ask for what their video is not for.

    So it is where labels were drawn anew after the pairs.
    """
    targets = {
        key: video.get('target_ids') for key, video in labels.videos.items()
    }
    num = sum(
        not set(pair.category_ids) <= set(targets[pair.video_id])
        for pair in pairs
        if targets[pair.video_id] is not None
    )
    if num:
        print_log(
            f'{num} of {len(pairs)} pairs ask for a class that is no target '
            f'of its video in {labels.path}; if these labels are newer than '
            'the file of pairs, make that again',
            logger='current',
            level=logging.WARNING,
        )


def _report_foreign(
    labels: LabelFile,
    video_ids: Collection[int],
    foreign: Collection[int],
    non_targets: str,
) -> None:
    num, videos = count_foreign_instances(labels, video_ids, foreign)
    print_log(
        f'{num} instances of test classes are in {videos} of '
        f'{len(video_ids)} training videos of {labels.path}; they are no '
        f'targets but {non_targets}',
        logger='current',
    )
