"""Names of the videos of a call, and the place of its results."""

from collections.abc import Sequence
from pathlib import Path

from mmselfshot.utils import UserError
from mmselfshot.utils.video_io import Source


def name_apart(sources: Sequence[Source]) -> None:
    """Number the names that come twice, from several inputs."""
    seen: dict[str, int] = {}
    for source in sources:
        count = seen[source.name] = seen.get(source.name, 0) + 1
        if count > 1:
            source.name = f'{source.name}-{count}'


def check_place(out_dir: Path, inputs: Sequence[str | Path]) -> None:
    """Make the folder of the results.

    Raises:
        UserError: If it lies in an input, or cannot be made.
    """
    place = out_dir.resolve()
    for path in map(Path, inputs):
        folder = path.resolve()
        if path.is_dir() and (place == folder or folder in place.parents):
            raise UserError(
                f'the output {out_dir} lies in the input {path}; choose a '
                'place outside'
            )
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f'cannot make the folder {out_dir}: {error.strerror}; choose '
            'another place'
        ) from error
