"""What an episode data set keeps of each query.

A record has `video_id` (unique among the episodes), `label_video_id` (of the
label file), `name`, `source`, `width`, `height`, `file_names` (paths),
`labelled` (numbers of its labelled frames, rising; None: all),
`category_ids` (targets), `shown_ids` (a frozenset, all that is annotated in
it), `supports` (names; empty in training) and
`annotations` (dicts `id`, `category_id`, `segmentations`, `role`,
`is_crowd`; other instances than those of a role are background and not kept).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from mmengine.fileio import join_path

from mmselfshot.datasets.label_file import LabelFile, name_of
from mmselfshot.datasets.support_pairs import SupportPair
from mmselfshot.utils import UserError

TARGET, FOREIGN = 'target', 'foreign'


def frames_of_videos(labels: LabelFile, prefix: str) -> dict[str, list[str]]:
    """Paths of the frames of all videos, by name.

    Raises:
        UserError: If two videos have the same name.
    """
    frames: dict[str, list[str]] = {}
    owners: dict[str, int] = {}
    for video_id, video in labels.videos.items():
        name = name_of(video)
        if name in frames:
            raise UserError(
                f'videos {owners[name]} and {video_id} of {labels.path} are '
                f'both called {name!r}; put the frames of each into a folder '
                'of its own, or give each a name'
            )
        frames[name], owners[name] = _paths_of(video, prefix), video_id
    return frames


def make_record(
    labels: LabelFile,
    video_id: int,
    targets: Sequence[int],
    foreign: Collection[int] = (),
    prefix: str = '',
) -> dict:
    """The record of a video.

    Args:
        labels: That hold the video.
        video_id: Of the label file.
        targets: Category ids of what may be segmented.
        foreign: Category ids of what is neither target nor background for
            sure; crowds are so too.
        prefix: Folder that the file names start from.
    """
    video = labels.videos[video_id]
    kept = []
    for one in labels.annotations[video_id]:
        role = None
        if one.get('iscrowd'):
            role = FOREIGN
        elif one['category_id'] in targets and one.get('is_target', True):
            role = TARGET
        elif one['category_id'] in foreign:
            role = FOREIGN
        if role is not None:
            kept.append(
                {
                    'id': one['id'],
                    'category_id': one['category_id'],
                    'segmentations': one['segmentations'],
                    'role': role,
                    'is_crowd': bool(one.get('iscrowd')),
                }
            )
    return {
        'video_id': video_id,
        'label_video_id': video_id,
        'name': name_of(video),
        'source': video.get('source', name_of(video)),
        'width': video['width'],
        'height': video['height'],
        'file_names': _paths_of(video, prefix),
        'labelled': _labelled_of(labels, video_id),
        'category_ids': list(targets),
        'shown_ids': frozenset(
            one['category_id'] for one in labels.annotations[video_id]
        ),
        'supports': [],
        'annotations': kept,
    }


def records_of_pairs(
    labels: LabelFile,
    pairs: Sequence[SupportPair],
    foreign: Collection[int] = (),
    prefix: str = '',
) -> Iterator[dict]:
    """A record for each pair, in their order.

    Where a video has several episodes, as in the swap test, the later ones
    get ids above all of the label file.

    Raises:
        UserError: If a pair is of another label file, or has a target that
            is no category of it.
    """
    known = {one['id'] for one in labels.categories}
    used: set[int] = set()
    free = max(labels.videos, default=0) + 1
    for pair in pairs:
        video = labels.videos.get(pair.video_id)
        if video is None or name_of(video) != pair.name:
            raise UserError(
                f'the file of pairs has query {pair.name!r} as video '
                f'{pair.video_id}, which is not in {labels.path}; give the '
                'label file that it was made for'
            )
        for one in pair.category_ids:
            if one not in known:
                raise UserError(
                    f'the pair of query {pair.name!r} has the target {one}, '
                    f'which is no category of {labels.path}; correct it'
                )
        record = make_record(
            labels, pair.video_id, pair.category_ids, foreign, prefix
        )
        if pair.video_id in used:
            record['video_id'], free = free, free + 1
        used.add(pair.video_id)
        record['supports'] = list(pair.supports)
        yield record


def targets_in(record: Mapping, categories: Collection[int]) -> list[dict]:
    """Annotations of the instances to be segmented."""
    return [
        one
        for one in record['annotations']
        if one['role'] == TARGET and one['category_id'] in categories
    ]


def frames_shown(record: Mapping, categories: Collection[int]) -> list[bool]:
    """Of each frame, whether a target is in it."""
    many = [one['segmentations'] for one in targets_in(record, categories)]
    return [
        any(masks[frame] is not None for masks in many)
        for frame in range(len(record['file_names']))
    ]


def _labelled_of(labels: LabelFile, video_id: int) -> list[int] | None:
    if labels.videos[video_id].get('labelled_frames') is None:
        return None
    return labels.labelled_frames(video_id)


def _paths_of(video: Mapping, prefix: str) -> list[str]:
    if not prefix:
        return list(video['file_names'])
    return [join_path(prefix, name) for name in video['file_names']]
