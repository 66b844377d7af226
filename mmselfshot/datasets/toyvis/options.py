"""Every number of a ToyVIS world, a dataclass per level."""

import math
import types
from dataclasses import asdict, dataclass, fields
from typing import Any, get_args

from mmselfshot.datasets.toyvis.fewshot.options import (
    FewshotOptions,
    check_fewshot,
)
from mmselfshot.datasets.toyvis.outlines import ALL_KINDS, EASY_KINDS
from mmselfshot.utils import UserError


@dataclass(frozen=True)
class EasyOptions:
    """Level `easy`: 8 kinds, 1 to 3 objects. Lengths are in pixels.

    Probabilities lie in [0, 1]; strengths scale an effect and 0 turns it
    off.
    """

    kinds: tuple[str, ...] = EASY_KINDS
    num_unseen: int = 2  # kinds that split.json calls unseen
    num_train: int = 120  # videos
    num_val: int = 30
    num_pool: int = 60
    num_davis_train: int = 8
    num_davis_val: int = 4
    num_stills_train: int = 2000  # pictures
    num_stills_val: int = 200
    height: int = 96
    width: int = 160
    num_frames: int = 16
    still_side: int = 96  # stills are squares
    still_max_objects: int = 2
    jpeg_quality: int = 92

    min_objects: int = 1
    max_objects: int = 3
    min_size: float = 24.0  # mean side of an object's box
    max_size: float = 46.0
    same_kind_prob: float = 0.2  # an object repeats the kind of another one
    max_clutter: int = 0  # unnamed shapes outside the vocabulary
    min_pixels: int = 24  # fewer visible pixels: no mask in that frame

    frames_per_turn: int = 5  # between two way points
    speed: float = 6.0  # pixels per frame between way points inside
    meet_prob: float = 0.3  # a way point lies on another object's path
    leave_prob: float = 0.25  # an object leaves the picture and returns
    late_prob: float = 0.1  # an object comes in late
    early_prob: float = 0.1  # an object goes for good
    turning: float = 6.0  # degrees per frame, standard deviation
    growing: float = 0.25  # largest relative change of the size
    squashing: float = 0.12  # largest relative change of one side
    bending: float = 0.12  # largest bend, in half sides

    panning: float = 2.0  # largest background motion, pixels per frame
    distractors: int = 5  # patterned patches in the background
    lighting: float = 0.15  # largest relative change of the light
    blurring: float = 0.7  # largest standard deviation of the blur
    noise: float = 5.0  # largest standard deviation, of 255 grey levels
    contrast: float = 45.0  # least CIELAB distance object to background


@dataclass(frozen=True)
class StandardOptions(EasyOptions):
    """Level `standard`: 20 kinds, 1 to 4 objects, clutter, more hiding."""

    kinds: tuple[str, ...] = ALL_KINDS
    num_unseen: int = 6
    max_objects: int = 4
    max_clutter: int = 3
    meet_prob: float = 0.45
    leave_prob: float = 0.3
    num_stills_train: int = 4000
    num_stills_val: int = 400
    contrast: float = 35.0


# the position of a level goes into the seed: never reorder
LEVELS: dict[str, type[EasyOptions] | type[FewshotOptions]] = {
    'easy': EasyOptions,
    'standard': StandardOptions,
    'fewshot': FewshotOptions,
}
_AT_LEAST_ONE = (
    'height',
    'width',
    'num_frames',
    'still_side',
    'still_max_objects',
    'jpeg_quality',
    'min_objects',
    'frames_per_turn',
    'min_pixels',
    'min_size',
)


_AT_MOST = {'jpeg_quality': 95, 'growing': 0.9, 'squashing': 0.9}


def make_options(
    level: str = 'easy', **changes: Any
) -> EasyOptions | FewshotOptions:
    """Options of a level with some of them changed.

    Args:
        level: `easy`, `standard` or `fewshot`.
        changes: Values by option name; text is read as the option's type
            (several names: joined by commas).

    Raises:
        UserError: For an unknown level, option or kind, or a value that
            makes no world.
    """
    if level not in LEVELS:
        raise UserError(
            f'no level {level!r}; expected one of {", ".join(LEVELS)}'
        )
    known = {field.name: field.type for field in fields(LEVELS[level])}
    for name, value in changes.items():
        if name not in known:
            raise UserError(
                f'no option {name!r}; the options are {", ".join(known)}'
            )
        changes[name] = _as_type(name, value, known[name])
    options = LEVELS[level](**changes)
    if isinstance(options, FewshotOptions):
        check_fewshot(options)
    else:
        _check(options)
    return options


def _as_type(name: str, value: Any, wanted: Any) -> Any:
    if isinstance(wanted, types.GenericAlias):
        parts = value.split(',') if isinstance(value, str) else value
        return tuple(get_args(wanted)[0](part).strip() for part in parts)
    try:
        result = wanted(value)
    except (TypeError, ValueError):
        result = None
    if result is None or (not isinstance(value, str) and result != value):
        raise UserError(
            f'option {name} is {value!r}; expected {wanted.__name__}'
        )
    return result


def _check(options: EasyOptions) -> None:
    unknown = [kind for kind in options.kinds if kind not in ALL_KINDS]
    if unknown or not options.kinds:
        raise UserError(
            f'unknown kinds {unknown} in option kinds; expected some of '
            f'{", ".join(ALL_KINDS)}'
        )
    if len(set(options.kinds)) < len(options.kinds):
        raise UserError('option kinds names a kind twice; name each once')
    for name, value in asdict(options).items():
        if name == 'kinds':
            continue
        least = 1 if name in _AT_LEAST_ONE else 0
        most = 1 if name.endswith('_prob') else _AT_MOST.get(name, math.inf)
        if not least <= value <= most:
            raise UserError(
                f'option {name} is {value}; expected {least} to {most}'
            )
    for low, high in (
        ('min_objects', 'max_objects'),
        ('min_size', 'max_size'),
    ):
        if getattr(options, low) > getattr(options, high):
            raise UserError(f'option {low} is above {high}; lower it')
    if options.num_unseen > len(options.kinds):
        raise UserError(
            f'num_unseen is {options.num_unseen} of {len(options.kinds)} '
            'kinds; lower it'
        )
