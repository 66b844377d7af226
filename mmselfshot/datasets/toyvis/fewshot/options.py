"""Every number of level `fewshot`, and the reasons to refuse some."""

import math
from dataclasses import asdict, dataclass

from mmselfshot.datasets.toyvis.outlines import ALL_KINDS
from mmselfshot.datasets.toyvis.textures import PATTERNS
from mmselfshot.utils import UserError

# outlines with a body wide enough to show a surface pattern
OUTLINES = tuple(
    name for name in ALL_KINDS if name not in ('ring', 'bolt', 'ell', 'key')
)
MOTIONS = ('gliding', 'circling', 'rocking', 'hopping')


@dataclass(frozen=True)
class FewshotOptions:
    """Level `fewshot`. Lengths are in pixels, probabilities in [0, 1].

    `*_prob` are probabilities, `*_share` parts of a whole; strengths scale
    an effect and 0 turns it off.
    """

    outlines: tuple[str, ...] = OUTLINES
    surfaces: tuple[str, ...] = PATTERNS
    motions: tuple[str, ...] = MOTIONS
    num_unseen: int = 20  # kinds
    num_scenes_seen: int = 20  # preferred by seen kinds
    num_scenes_unseen: int = 20
    split_seed: int = 0  # of kinds, split and scenes; not the world's seed

    num_train: int = 600  # videos
    num_queries: int = 200
    num_swap: int = 100
    num_multi: int = 160
    num_pool: int = 3000  # clips
    num_stills_train: int = 3000  # pictures
    num_stills_val: int = 300
    clips_per_source: int = 5
    junk_share: float = 0.3  # of the pool's sources
    sources_per_unseen: int = 12  # with an unseen kind as the target
    max_frequency_share: float = 0.03  # of the pool's clips hold a kind

    height: int = 80
    width: int = 128
    num_frames: int = 25
    pool_segments: int = 5  # of a clip; each has a look of its own
    labelled_segments: int = 1  # of a labelled video
    still_side: int = 80
    still_max_objects: int = 2
    jpeg_quality: int = 90

    scene_prob: float = 0.7  # a video shows its target's preferred scene
    max_targets: int = 4
    extra_prob: float = 0.3  # one more non-target than targets
    second_kind_prob: float = 0.5  # non-targets are of two kinds
    max_target_kinds: int = 4  # in the videos of several target kinds
    max_clutter: int = 5  # shapes in a clip of junk
    min_size: float = 18.0  # mean side of an object's box
    max_size: float = 27.0
    min_speed: float = 1.0  # pixels per frame
    max_speed: float = 2.4
    late_prob: float = 0.15  # a target and its twin come in late
    early_prob: float = 0.15  # a target and its twin go early
    min_pixels: int = 16  # fewer visible pixels: no mask in that frame
    min_seen_share: float = 0.4  # of the frames show an object
    tilting: float = 25.0  # degrees
    squashing: float = 0.1  # largest relative change of one side
    bending: float = 0.08  # largest bend, in half sides

    min_zoom: float = 0.85
    max_zoom: float = 1.2
    panning: float = 1.5  # largest background motion, pixels per frame
    lighting: float = 0.25  # largest relative change of the light
    blurring: float = 0.6  # largest standard deviation of the blur
    noise: float = 5.0  # largest standard deviation, of 255 grey levels
    contrast: float = 38.0  # least CIELAB distance object to background

    @property
    def num_sources(self) -> int:
        """Of the pool."""
        return self.num_pool // max(self.clips_per_source, 1)

    @property
    def num_junk(self) -> int:
        """Sources of the pool without any kind."""
        return math.ceil(self.junk_share * self.num_sources)


_AT_LEAST_ONE = (
    *('height', 'width', 'num_frames', 'still_side', 'still_max_objects'),
    *('jpeg_quality', 'max_targets', 'min_pixels', 'min_size', 'num_unseen'),
    *('num_scenes_seen', 'num_scenes_unseen', 'clips_per_source'),
    *('pool_segments', 'labelled_segments', 'sources_per_unseen'),
    *('max_target_kinds', 'max_clutter'),
)
_AT_MOST = {'jpeg_quality': 95, 'squashing': 0.9, 'max_target_kinds': 8}


def check_fewshot(options: FewshotOptions) -> None:
    """Refuse options that make no world.

    Raises:
        UserError: Names the option, and what it may be.
    """
    for name, value in asdict(options).items():
        if isinstance(value, tuple):
            continue
        least = 1 if name in _AT_LEAST_ONE else 0
        most = _AT_MOST.get(name, math.inf)
        if name.endswith(('_prob', '_share')):
            most = 1
        if not least <= value <= most:
            raise UserError(
                f'option {name} is {value}; expected {least} to {most}'
            )
    for low, high in (
        ('min_size', 'max_size'),
        ('min_speed', 'max_speed'),
        ('min_zoom', 'max_zoom'),
    ):
        if getattr(options, low) > getattr(options, high):
            raise UserError(f'option {low} is above {high}; lower it')
    if options.min_zoom < 0.5:
        raise UserError(
            f'option min_zoom is {options.min_zoom}; expected 0.5 or more'
        )
    _check_names(options)
    _check_pool(options)


def _check_names(options: FewshotOptions) -> None:
    known = {'outlines': ALL_KINDS, 'surfaces': PATTERNS, 'motions': MOTIONS}
    for name, names in known.items():
        given = getattr(options, name)
        unknown = [one for one in given if one not in names]
        if unknown or not given or len(set(given)) < len(given):
            raise UserError(
                f'option {name} is {",".join(given) or "empty"}; expected '
                f'some of {", ".join(names)}, each once'
            )


def _check_pool(options: FewshotOptions) -> None:
    num_kinds = len(options.outlines) * len(options.surfaces)
    seen = num_kinds - options.num_unseen
    if seen < 4:
        raise UserError(
            f'num_unseen is {options.num_unseen} of {num_kinds} kinds; leave '
            'at least 4 seen'
        )
    if options.num_pool % options.clips_per_source:
        raise UserError(
            f'num_pool is {options.num_pool}; expected a multiple of '
            f'clips_per_source, {options.clips_per_source}'
        )
    needed = options.sources_per_unseen * options.num_unseen
    rest = options.num_sources - options.num_junk - needed
    if options.num_pool and rest < 0:
        raise UserError(
            f'a pool of {options.num_sources} sources has no room for '
            f'{options.num_junk} of junk and {needed} of unseen kinds; raise '
            'num_pool or lower sources_per_unseen'
        )
    most = max_sources_of_kind(options)
    if options.num_pool and options.sources_per_unseen > most:
        raise UserError(
            f'sources_per_unseen is {options.sources_per_unseen}; '
            f'max_frequency_share {options.max_frequency_share} allows '
            f'{most} sources to hold one kind'
        )


def max_sources_of_kind(options: FewshotOptions) -> int:
    """How many of the pool's sources may hold one kind."""
    return math.floor(options.max_frequency_share * options.num_sources)
