"""Names of the videos of a call, and the place of its results."""

from collections.abc import Sequence
from pathlib import Path

from mmselfshot.utils import UserError
from mmselfshot.utils.video_io import Source


def name_apart(sources: Sequence[Source]) -> None:
    """Number the names that come twice, from several inputs.

    The first `a` stays, the second becomes `a-2`, or the next number whose
    name no other source has.
    """
    taken = {source.name for source in sources}
    seen: set[str] = set()
    for source in sources:
        name, number = source.name, 2
        if name in seen:
            while f'{name}-{number}' in taken:
                number += 1
            source.name = f'{name}-{number}'
        taken.add(source.name)
        seen.add(name)


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
