"""Tell whether a clip has changed without reading all of it."""

import hashlib
from pathlib import Path

from mmselfshot.utils.video_io import FrameFolder

_ENDS = 4096  # bytes at both ends of a file; an index of frames is there


def content_of(path: str | Path) -> str:
    """Fingerprint of a video file or a folder of frames.

    It counts names and sizes of frames, and bytes of some files: both ends
    of a video, or those of the first, the middle and the last frame. So a
    copy is the same, whatever its place and time, and a video that was
    encoded again is another one. A frame in between that was replaced by one
    of equal size in bytes is not noticed.

    Args:
        path: May be missing: then reading it says what is wrong.

    Returns:
        16 hexadecimal digits of a sha256.
    """
    path = Path(path)
    digest = hashlib.sha256()
    try:
        if not path.is_dir():
            _add_ends(digest, path)
        else:
            files = FrameFolder(path).files
            for file in files:
                digest.update(_line(file.name, file.stat().st_size))
            for number in (0, len(files) // 2, len(files) - 1):
                if files:
                    _add_ends(digest, files[number])
    except OSError as error:
        digest.update(_line('unreadable', error.errno or 0))
    return digest.hexdigest()[:16]


def _add_ends(digest: 'hashlib._Hash', path: Path) -> None:
    size = path.stat().st_size
    digest.update(_line('', size))
    with open(path, 'rb') as file:
        digest.update(file.read(_ENDS))
        file.seek(max(0, size - _ENDS))
        digest.update(file.read(_ENDS))


def _line(name: str, number: int) -> bytes:
    return f'{name} {number}\n'.encode(errors='surrogateescape')
