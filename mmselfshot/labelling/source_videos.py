"""Which videos are to be labelled, and their frames.

Videos come from a folder alone (the normal case: no annotation file need
exist) or from the video list of an annotation file, whose annotations are
never looked at. Either way each gets an id and a list of frames that a label
file can name.
"""

import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from mmselfshot.utils import UserError, read_json, write_atomically
from mmselfshot.utils.video_io import (
    FrameFolder,
    VideoError,
    VideoFile,
    find_videos,
    read_image,
)

JPEG_QUALITY = 95


@dataclass
class SourceVideo:
    """A video that is to be labelled.

    Attributes:
        id: In the label file.
        name: Of its own among all videos, fit for a file name.
        root: Folder that `file_names` start from.
        file_names: Of its frames; empty for a video file, whose frames are
            written while it is labelled.
        video_file: The video file, or None.
        frames_dir: Where frames of a video file go.
        size: (H, W) that the frames must have; None for that of the first.
    """

    id: int
    name: str
    root: Path
    file_names: list[str]
    video_file: Path | None = None
    frames_dir: Path | None = None
    size: tuple[int, int] | None = None
    _seen_size: tuple[int, int] | None = field(default=None, init=False)

    @cached_property
    def length_hint(self) -> int:
        """About how many frames it has; 1 if that cannot be told."""
        if self.video_file is None:
            return max(1, len(self.file_names))
        try:
            return VideoFile(self.video_file).probe().length_hint or 1
        except VideoError:
            return 1

    @cached_property
    def fingerprint(self) -> str:
        """Changes when frames are added, removed or get another size.

        Times of files do not count: a copy of a data set is the same.
        """
        digest = hashlib.sha256(str(self.size).encode())
        files = [self.video_file]
        if self.video_file is None:
            files = [self.root / name for name in self.file_names]
        for path in files:
            try:
                size = path.stat().st_size
            except OSError:
                size = -1  # reading it says what is wrong
            digest.update(
                f'{path.name} {size}\n'.encode(errors='surrogateescape')
            )
        return digest.hexdigest()[:16]

    def sampled_frames(self, step: int) -> Iterator[tuple[int, np.ndarray]]:
        """Read every `step`-th frame, the first one first.

        Of a video file only these become frames of the label file: they are
        written to `frames_dir`, and `file_names` names them.

        Yields:
            Index in `file_names`, (H, W, 3) uint8 RGB.

        Raises:
            VideoError: If a frame cannot be read, has another size, or there
                is none.
        """
        frames = (
            self._from_files(step)
            if self.video_file is None
            else self._from_video(step)
        )
        size = self.size
        for index, image in frames:
            size = size or image.shape[:2]
            if image.shape[:2] != size:
                raise VideoError(
                    f'{self.root / self.file_names[index]} is '
                    f'{image.shape[1]}x{image.shape[0]}; expected '
                    f'{size[1]}x{size[0]} (width x height), one size per '
                    'video'
                )
            self._seen_size = size
            yield index, image

    def _from_files(self, step: int) -> Iterator[tuple[int, np.ndarray]]:
        if not self.file_names:
            raise VideoError(
                f'no frame of video {self.name!r} in {self.root}; expected '
                '.jpg or .png files'
            )
        for index in range(0, len(self.file_names), step):
            yield index, read_image(self.root / self.file_names[index])

    def _from_video(self, step: int) -> Iterator[tuple[int, np.ndarray]]:
        self.file_names = []
        for number, frame in enumerate(VideoFile(self.video_file).frames()):
            if number % step:
                continue
            path = self.frames_dir / self.name / f'{number:05d}.jpg'
            _write_jpeg(path, frame.image)
            name = os.path.relpath(path, self.root)
            self.file_names.append(Path(name).as_posix())
            yield len(self.file_names) - 1, frame.image

    def describe(self) -> dict[str, Any]:
        """Its entry in `CandidateTable.videos`, once its frames were read."""
        height, width = self._seen_size
        return {
            'name': self.name,
            'file_names': self.file_names,
            'width': int(width),
            'height': int(height),
        }


def find_source_videos(
    root: str | Path,
    ann_file: str | Path | None = None,
    frames_dir: str | Path | None = None,
) -> list[SourceVideo]:
    """List the videos that are to be labelled.

    Args:
        root: With `ann_file`, the folder that its file names start from;
            else a folder of frame folders and video files, one folder of
            frames, or one video file.
        ann_file: A label file, whose `videos` alone are read; it need not
            have annotations.
        frames_dir: Where frames of video files go.

    Returns:
        In the order of the file, with its ids; or in natural order with ids
        from 1.

    Raises:
        UserError: If there is nothing, the list cannot be used, or there are
            video files and no `frames_dir`.
    """
    root = Path(root)
    if ann_file is not None:
        return _from_ann_file(root, Path(ann_file))
    sources = find_videos(root)
    base = root if root.is_dir() else root.parent
    names = _distinct([_safe(source.name) for source in sources])
    videos = []
    for number, (source, name) in enumerate(zip(sources, names), 1):
        if isinstance(source, FrameFolder):
            files = [
                path.relative_to(base).as_posix() for path in source.files
            ]
            videos.append(SourceVideo(number, name, base, files))
            continue
        if frames_dir is None:
            raise UserError(
                f'{source.path} is a video file and no place is named for '
                'its frames; give frames_dir'
            )
        videos.append(
            SourceVideo(
                *(number, name, base, []),
                video_file=source.path,
                frames_dir=Path(frames_dir),
            )
        )
    return videos


def _from_ann_file(root: Path, ann_file: Path) -> list[SourceVideo]:
    content = read_json(ann_file)
    entries = content.get('videos') if isinstance(content, dict) else None
    try:
        found = [
            SourceVideo(
                int(entry['id']),
                str(entry['file_names'][0]),
                root,
                [str(name) for name in entry['file_names']],
                size=(int(entry['height']), int(entry['width'])),
            )
            for entry in entries
        ]
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        raise UserError(
            f'{ann_file} has no usable list of videos; list its defects with '
            f'tools/dataset_tools/check_dataset.py {ann_file}'
        ) from None
    repeated = [
        key
        for key, count in Counter(one.id for one in found).items()
        if count > 1
    ]
    if repeated or not found:
        what = f'video id {repeated[0]} twice' if repeated else 'no video'
        raise UserError(f'{ann_file} has {what}; correct the file')
    # the folder of a video is its name; a lone picture's is its own
    folders = [Path(one.name).parent.as_posix() for one in found]
    shared = Counter(folders)
    names = [
        folder
        if shared[folder] == 1
        else Path(one.name).with_suffix('').as_posix()
        for one, folder in zip(found, folders)
    ]
    for video, name in zip(found, _distinct([_safe(one) for one in names])):
        video.name = name
    return found


def _safe(name: str) -> str:
    """A name without separators or a leading dot."""
    name = re.sub(r'[/\\:\0]+', '__', name).strip()
    return re.sub(r'^\.+', '_', name) or 'video'


def _distinct(names: list[str]) -> list[str]:
    """Number the names that come again, whatever their case."""
    taken: set[str] = set()
    times: Counter[str] = Counter()
    distinct = []
    for name in names:
        chosen = name
        while chosen.casefold() in taken:
            times[name] += 1
            chosen = f'{name}-{times[name] + 1}'
        taken.add(chosen.casefold())
        distinct.append(chosen)
    return distinct


def _write_jpeg(path: Path, image: np.ndarray) -> None:
    from PIL import Image

    with write_atomically(path) as beside:
        Image.fromarray(image).save(beside, quality=JPEG_QUALITY)
