"""Label files of what an episode asks for, to score predictions by."""

from collections.abc import Mapping, Sequence

from mmselfshot.datasets.episode_records import TARGET, targets_in
from mmselfshot.datasets.label_file import LabelFile


def truth_of(
    records: Sequence[Mapping],
    frames: Sequence[Sequence[int]],
    metainfo: Mapping,
    has_others: bool = False,
) -> LabelFile:
    """Targets of queries in the frames that are predicted.

    Args:
        records: Of the queries, see `episode_records`; their `video_id`
            becomes that of the label file.
        frames: Of each query, numbers in order; a repeated one counts once.
        metainfo: With `classes` and `cat_ids`.
        has_others: Also the instances of test classes that are no targets;
            annotations then say `is_target`.

    Returns:
        With annotations numbered from 1; targets that are in none of the
        labelled frames are left out. Videos have the `category_ids` that are
        asked for. `labelled_frames` are those of the
        label file, as numbers among these frames. Crowds of the targets'
        categories are crowds here, too: evaluators take predictions there
        for neither right nor wrong.
    """
    categories = [
        {'id': number, 'name': name}
        for number, name in zip(metainfo['cat_ids'], metainfo['classes'])
    ]
    videos, annotations = [], []
    for record, numbers in zip(records, frames):
        numbers = list(dict.fromkeys(numbers))
        video = _video_of(record, numbers)
        labelled = video.get('labelled_frames', range(len(numbers)))
        videos.append(video)
        wanted = record['category_ids']
        kept = record['annotations']
        if not has_others:
            crowds = [
                one
                for one in kept
                if one['is_crowd'] and one['category_id'] in wanted
            ]
            kept = [*targets_in(record, wanted), *crowds]
        for one in kept:
            masks = [one['segmentations'][number] for number in numbers]
            if any(masks[place] for place in labelled):
                annotations.append(
                    {
                        'id': len(annotations) + 1,
                        'video_id': record['video_id'],
                        'category_id': one['category_id'],
                        'iscrowd': int(one['is_crowd']),
                        'segmentations': masks,
                        'is_target': one['role'] == TARGET,
                    }
                )
    return LabelFile(categories, videos, annotations)


def _video_of(record: Mapping, numbers: Sequence[int]) -> dict:
    video = {
        'id': record['video_id'],
        'width': record['width'],
        'height': record['height'],
        'length': len(numbers),
        'file_names': [record['file_names'][one] for one in numbers],
        'label_video_id': record['label_video_id'],
        'name': record['name'],
        'category_ids': list(record['category_ids']),
    }
    if record['labelled'] is not None:
        known = set(record['labelled'])
        video['labelled_frames'] = [
            place for place, one in enumerate(numbers) if one in known
        ]
    return video
