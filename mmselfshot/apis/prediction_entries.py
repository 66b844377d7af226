"""The entries of `results.json`, of one video and of all."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmselfshot.utils import read_json, write_atomically, write_json
from mmselfshot.visualization.tracks import Track


def make_entries(
    tracks: Iterable[Track],
    video_id: int,
    video_name: str,
    more: Mapping[str, Any] | None = None,
) -> list[dict]:
    """A result list of one video, with names for people.

    Args:
        tracks: Chosen, numbered from 1.
        video_id: In the result list.
        video_name: For people.
        more: Further keys of every entry.
    """
    return [
        {
            'video_id': video_id,
            'video_name': video_name,
            'category_id': track.category_id,
            'category_name': track.name,
            'track_id': track.number,
            'score': track.score,
            'segmentations': track.segmentations,
            **(more or {}),
        }
        for track in tracks
    ]


def join_results(folders: Sequence[tuple[int, Path]], path: Path) -> None:
    """Write one result list of all videos, one video in memory at a time.

    Args:
        folders: Video ids and finished folders. A folder made under another
            id gets the new one.
        path: Of the joint list.

    Raises:
        UserError: See `write_atomically`.
    """
    with write_atomically(path) as beside, open(beside, 'w') as file:
        file.write('[')
        separator = ''
        for video_id, folder in folders:
            entries = read_json(folder / 'results.json')
            if any(entry['video_id'] != video_id for entry in entries):
                for entry in entries:
                    entry['video_id'] = video_id
                write_json(folder / 'results.json', entries)
            for entry in entries:
                file.write(separator + json.dumps(entry))
                separator = ',\n'
        file.write(']')
