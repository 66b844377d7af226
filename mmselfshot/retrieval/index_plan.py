"""What has to be done so that an index holds a pool."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mmselfshot.datasets.clip_pool import PoolClip


@dataclass(frozen=True)
class IndexPlan:
    """Clips that are encoded, and names that an index forgets.

    Args:
        encode: Clips with the content that they have now, in the order of
            the pool.
        forget: Names in the index of clips that are not in the pool, or that
            have changed, rising.
        num_new: Clips that the index has not had.
        num_changed: Clips whose content or source has changed.
        num_gone: Names that are not in the pool.
    """

    encode: list[tuple[PoolClip, str]]
    forget: list[str]
    num_new: int
    num_changed: int
    num_gone: int


def plan_update(
    clips: Sequence[PoolClip],
    contents: Sequence[str],
    origins: Mapping[str, tuple[str, str]],
) -> IndexPlan:
    """Compare a pool with what an index holds.

    Args:
        clips: The pool, names unique.
        contents: Of each clip, see `content_of`.
        origins: Source and content of the clips of the index, by name.
    """
    encode, num_new, changed = [], 0, []
    for clip, content in zip(clips, contents, strict=True):
        known = origins.get(clip.name)
        if known == (clip.source, content):
            continue
        encode.append((clip, content))
        if known is None:
            num_new += 1
        else:
            changed.append(clip.name)
    gone = set(origins) - {clip.name for clip in clips}
    return IndexPlan(
        encode,
        sorted(gone.union(changed)),
        num_new,
        len(changed),
        len(gone),
    )
