"""Every promise of level `fewshot`, measured on the files of a world."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from mmselfshot.datasets.toyvis.fewshot.controls import run_controls
from mmselfshot.datasets.toyvis.fewshot.matching import matching_gaps
from mmselfshot.datasets.toyvis.fewshot.reading import FewshotWorld

NUM_SUPPORTS = 5
MAX_LEAK = 2.0  # of mean colour and thumbnail, over chance
MIN_SCENE = 3.0  # of the true scene, over chance


@dataclass(frozen=True)
class Finding:
    """One promise, what was measured, and whether it is kept."""

    promise: str
    measured: str
    is_kept: bool

    def __str__(self) -> str:
        mark = 'kept  ' if self.is_kept else 'BROKEN'
        return f'{mark}  {self.promise}: {self.measured}'


def check_fewshot_world(
    world: FewshotWorld, progress: Callable[[list], Iterable] = iter
) -> Iterator[Finding]:
    """Measure all promises, the quick ones first.

    Args:
        world: As read by `read_fewshot_world`.
        progress: Wraps the list of folders that the controls read.
    """
    yield from _check_kinds(world)
    yield from _check_pool(world)
    yield from _check_unseen(world)
    yield from _check_labelled(world)
    yield from _check_scenes(world)
    yield from _check_matching(world)
    yield from _check_supports(world)
    yield from _check_controls(world, progress)


def _at_most(promise: str, found: float, limit: float) -> Finding:
    return Finding(
        f'{promise} at most {limit:.3g}', f'{found:.3g}', found <= limit + 1e-9
    )


def _at_least(promise: str, found: float, limit: float) -> Finding:
    return Finding(
        f'{promise} at least {limit:.3g}',
        f'{found:.3g}',
        found >= limit - 1e-9,
    )


def _none_of(promise: str, found: set | list) -> Finding:
    names = ', '.join(map(str, sorted(found)[:5]))
    return Finding(promise, f'{len(found)} others {names}'.strip(), not found)


def _check_kinds(world: FewshotWorld) -> Iterator[Finding]:
    seen = set(world.split['seen_ids'])
    values: dict[bool, set] = {True: set(), False: set()}
    for kind in world.split['kinds']:
        values[kind['id'] in seen] |= {
            (name, kind[name]) for name in ('outline', 'surface', 'motion')
        }
    yield _none_of(
        'every attribute value is among seen kinds',
        values[False] - values[True],
    )
    looks = {
        f'{kind["surface"]}-{kind["outline"]}'
        for kind in world.split['kinds']
        if kind['id'] not in seen
    }
    yield _none_of('stills show no unseen kind', looks & world.stills)


def _check_pool(world: FewshotWorld) -> Iterator[Finding]:
    options, clips = world.options, world.clips
    if not clips:
        return
    frames = [
        sum(1 for _ in (world.root / clip.name).glob('*.jpg'))
        for clip in clips
    ]
    yield _at_least('frames of a clip', min(frames), options['num_frames'])
    sizes = Counter(clip.source for clip in clips)
    per_source = options['clips_per_source']
    yield Finding(
        f'{per_source} clips of each source',
        f'{min(sizes.values())} to {max(sizes.values())}',
        set(sizes.values()) == {per_source},
    )
    junk = np.mean([not clip.category_ids for clip in clips])
    yield _at_least('share of junk', float(junk), options['junk_share'])
    held = Counter(k for clip in clips for k in clip.category_ids)
    most = max(held.values(), default=0) / len(clips)
    limit = options['max_frequency_share']
    yield _at_most('share of clips with one kind', most, limit)
    yield _at_most(
        'chance that five random clips hold it', 1 - (1 - most) ** 5, 5 * limit
    )
    asked = {
        video['source']
        for labels in world.labels.values()
        for video in labels.videos.values()
    }
    yield _none_of('queries and pool share no source', asked & set(sizes))


def _check_unseen(world: FewshotWorld) -> Iterator[Finding]:
    if not world.clips:
        return
    sources: dict[int, Counter] = {
        kind: Counter() for kind in world.split['unseen_ids']
    }
    for clip in world.clips:
        for kind in clip.target_ids & sources.keys():
            sources[kind][clip.source] += 1
    promised = world.options['sources_per_unseen']
    yield _at_least(
        'sources with an unseen kind as the target',
        min(map(len, sources.values())),
        promised,
    )
    yield _at_least(
        'clips of them',
        min(one.total() for one in sources.values()),
        promised * world.options['clips_per_source'],
    )


def _check_labelled(world: FewshotWorld) -> Iterator[Finding]:
    split = world.split
    for name, labels in world.labels.items():
        group = 'seen' if name == 'train' else 'unseen'
        kinds = {
            one['category_id']
            for many in labels.annotations.values()
            for one in many
        }
        yield _none_of(
            f'{name}: kinds are {group}', kinds - set(split[f'{group}_ids'])
        )
        short = []
        for video_id, video in labels.videos.items():
            targets = [o['is_target'] for o in labels.annotations[video_id]]
            num = sum(targets)
            is_short = num < len(video['target_ids'])
            if name != 'swap':
                is_short |= len(targets) - num < num
            if is_short:
                short.append(video_id)
        yield _none_of(
            f'{name}: all target kinds, and as many non-targets', short
        )
    target, other = Counter(), Counter()
    for video_id, video in world.labels['train'].videos.items():
        target.update(video['target_ids'])
        many = world.labels['train'].annotations[video_id]
        other.update({o['category_id'] for o in many if not o['is_target']})
    if len(world.labels['train'].videos) >= 5 * len(split['seen_ids']):
        for role, count in (('the target', target), ('no target', other)):
            yield _at_least(
                f'training videos in which a seen kind is {role}',
                min(count[kind] for kind in split['seen_ids']),
                1,
            )


def _check_scenes(world: FewshotWorld) -> Iterator[Finding]:
    preferred = {kind['id']: kind['scene'] for kind in world.split['kinds']}
    shown = {v['scene'] for v in world.labels['train'].videos.values()}
    yield _none_of(
        'training shows no scene of unseen kinds',
        shown & set(world.split['unseen_scenes']),
    )
    hits, strays = [], []
    for name in ('train', 'queries'):
        labels = world.labels[name]
        for video_id, video in labels.videos.items():
            hits.append(preferred[video['target_ids'][0]] == video['scene'])
            strays += [
                f'{name} {video_id}'
                for one in labels.annotations[video_id]
                if not one['is_target']
                and preferred[one['category_id']] == video['scene']
            ]
    yield _none_of('non-targets come from other scenes', strays)
    if hits:
        wanted = world.options['scene_prob']
        error = 3 * np.sqrt(wanted * (1 - wanted) / len(hits))
        share = float(np.mean(hits))
        yield Finding(
            f'targets in their preferred scene {wanted:.3g}',
            f'{share:.3g}',
            abs(share - wanted) <= error + 1e-9,
        )


def _check_matching(world: FewshotWorld) -> Iterator[Finding]:
    for name in ('train', 'queries'):
        for measure, (gap, limit) in matching_gaps(world.labels[name]).items():
            yield Finding(
                f'{name}: {measure} of targets and others within '
                f'{limit:.2f} standard deviations',
                f'{gap:+.3f}',
                abs(gap) <= limit,
            )


def _check_supports(world: FewshotWorld) -> Iterator[Finding]:
    """Clips of the target that share no other kind with the query."""
    labels = world.labels['queries']
    if not labels.videos or not world.clips:
        return
    fewest = []
    for video_id, video in labels.videos.items():
        wanted = set(video['target_ids'])
        kinds = {one['category_id'] for one in labels.annotations[video_id]}
        fewest.append(
            len(
                {
                    clip.source
                    for clip in world.clips
                    if clip.category_ids & kinds == wanted
                    and wanted <= clip.target_ids
                }
            )
        )
    wanted = min(NUM_SUPPORTS, world.options['sources_per_unseen'])
    yield _at_least(
        'sources of oracle supports that share the target kind only',
        min(fewest),
        wanted,
    )


def _check_controls(
    world: FewshotWorld, progress: Callable[[list], Iterable]
) -> Iterator[Finding]:
    if not world.labels['queries'].videos or not world.clips:
        return
    for control in run_controls(world, NUM_SUPPORTS, progress):
        is_oracle = control.name == 'true scene'
        limit = MIN_SCENE if is_oracle else MAX_LEAK
        measured = (
            f'{control.ratio:.2f} (precision@{NUM_SUPPORTS} '
            f'{control.precision:.4f} +- {control.error:.4f}, chance '
            f'{control.chance:.4f})'
        )
        yield Finding(
            f'{control.name} over chance at '
            f'{"least" if is_oracle else "most"} {limit:g}',
            measured,
            control.ratio >= limit if is_oracle else control.ratio <= limit,
        )
