"""What a label file must be like, without looking at its frames.

The form is the official YouTube-VIS JSON; fields not named here are free.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

PER_FRAME_FIELDS = (
    'segmentations',
    'bboxes',
    'areas',
    'occlusion',
    'frame_scores',
    'frame_sources',
)


@dataclass(frozen=True)
class Defect:
    """One thing that is wrong with a data set.

    Attributes:
        kind: A short steady name, for counting: `missing frame`.
        where: The video, annotation or file: `video 3, annotation 7`.
        found: What was found, and what was expected.
    """

    kind: str
    where: str
    found: str

    def __str__(self) -> str:
        return f'{self.kind}: {self.where}: {self.found}'


def find_label_defects(content: Any) -> Iterator[Defect]:
    """Go through the parsed JSON and yield every defect of its labels.

    Looked at: lists and fields that must be there, ids (unique; annotation
    ids not 0, which official evaluators take for "no match"), references to
    unknown videos and categories, lengths of lists that hold one value per
    frame, empty videos, `labelled_frames` outside the video.
    """
    if not isinstance(content, dict):
        yield Defect(
            'form', 'the file', f'a {type(content).__name__}, not an object'
        )
        return
    broken = False
    for key in ('videos', 'categories', 'annotations'):
        entries = content.get(key)
        if key == 'annotations' and entries is None:
            continue
        if not isinstance(entries, list) or not all(
            isinstance(entry, dict) for entry in entries
        ):
            yield Defect('form', 'the file', f'no list of objects {key!r}')
            broken = True
    if broken:
        return
    yield from _find_repeated_ids(content)
    for category in content['categories']:
        yield from _find_missing(category, 'category', ('id', 'name'))
    for video in content['videos']:
        yield from _find_video_defects(video)
    lengths = {
        video['id']: len(video['file_names'])
        for video in content['videos']
        if isinstance(video.get('id'), int)
        and isinstance(video.get('file_names'), list)
    }
    video_ids = _ids_of(content['videos'])
    category_ids = _ids_of(content['categories'])
    for annotation in content.get('annotations') or []:
        yield from _find_annotation_defects(
            annotation, video_ids, lengths, category_ids
        )


def _ids_of(entries: list[dict]) -> set[int]:
    ids = (entry.get('id') for entry in entries)
    return {identity for identity in ids if isinstance(identity, int)}


def _find_repeated_ids(content: dict) -> Iterator[Defect]:
    for key, what in (
        ('categories', 'category'),
        ('videos', 'video'),
        ('annotations', 'annotation'),
    ):
        seen = set()
        for entry in content.get(key) or []:
            identity = entry.get('id')
            if identity is None:
                continue
            if not isinstance(identity, int) or isinstance(identity, bool):
                yield Defect(
                    'form', f'{what} {identity!r}', 'id is not a whole number'
                )
            elif identity in seen:
                yield Defect(
                    'repeated id', f'{what} {identity}', 'the id stands twice'
                )
            else:
                seen.add(identity)


def _find_missing(
    entry: dict, what: str, fields: tuple[str, ...]
) -> Iterator[Defect]:
    for field in fields:
        if entry.get(field) is None:
            yield Defect(
                'form', f'{what} {entry.get("id")}', f'no field {field!r}'
            )


def _find_video_defects(video: dict) -> Iterator[Defect]:
    where = f'video {video.get("id")}'
    yield from _find_missing(
        video, 'video', ('id', 'width', 'height', 'file_names')
    )
    for side in ('width', 'height'):
        value = video.get(side)
        if value is not None and (not isinstance(value, int) or value < 1):
            yield Defect('form', where, f'{side} is {value!r}, not 1 or more')
    names = video.get('file_names')
    if names is None:
        return
    if not isinstance(names, list) or not all(
        isinstance(name, str) for name in names
    ):
        yield Defect('form', where, 'file_names is not a list of names')
        return
    if not names or video.get('length') == 0:
        yield Defect('empty video', where, 'it has no frames')
        return
    length = video.get('length')
    if length is not None and length != len(names):
        yield Defect(
            'list length', where, f'length {length}, {len(names)} file_names'
        )
    labelled = video.get('labelled_frames')
    if labelled is None:
        return
    if not isinstance(labelled, list) or not all(
        isinstance(index, int) and not isinstance(index, bool)
        for index in labelled
    ):
        yield Defect('form', where, 'labelled_frames is not a list of indices')
        return
    outside = [index for index in labelled if not 0 <= index < len(names)]
    if outside:
        yield Defect(
            'labelled frame',
            where,
            f'labelled_frames {outside} outside 0..{len(names) - 1}',
        )


def _find_annotation_defects(
    annotation: dict,
    video_ids: set,
    lengths: dict[int, int],
    category_ids: set,
) -> Iterator[Defect]:
    where = f'annotation {annotation.get("id")}'
    yield from _find_missing(
        annotation,
        'annotation',
        ('id', 'video_id', 'category_id', 'segmentations'),
    )
    if annotation.get('id') == 0:
        yield Defect(
            'id 0', where, 'ids must start at 1 (0 counts as "no match")'
        )
    category_id = annotation.get('category_id')
    if category_id is not None and not _is_in(category_id, category_ids):
        yield Defect('unknown category', where, f'category_id {category_id}')
    video_id = annotation.get('video_id')
    if video_id is None:
        return
    if not _is_in(video_id, video_ids):
        yield Defect('unknown video', where, f'video_id {video_id}')
        return
    if video_id not in lengths:
        return
    for field in PER_FRAME_FIELDS:
        values = annotation.get(field)
        if values is None:
            continue
        if not isinstance(values, list):
            yield Defect('form', where, f'{field} is not a list')
        elif len(values) != lengths[video_id]:
            yield Defect(
                'list length',
                f'video {video_id}, {where}',
                f'{len(values)} {field}, {lengths[video_id]} frames',
            )


def _is_in(identity: Any, ids: set[int]) -> bool:
    return isinstance(identity, int) and identity in ids
