"""How well a mask proposer finds the labelled objects of real clips.

Labels are only compared with; the proposer sees frames alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.evaluation.best_overlap import (
    best_ious,
    centre_box,
    whole_frame,
)
from mmselfshot.structures import decode_mask
from mmselfshot.utils import UserError
from mmselfshot.utils.video_io import FrameFolder, read_image


@dataclass
class LabelledClip:
    """A video with masks in some of its frames.

    Attributes:
        name: For the table.
        frames: Its pictures, in order.
        objects: Frame index to (M, H, W) bool.
    """

    name: str
    frames: list[Path]
    objects: dict[int, np.ndarray] = field(repr=False)


@dataclass
class ClipScores:
    """One row of the table.

    Attributes:
        name: Of the clip.
        num_masks: Proposals per labelled frame, on average.
        best: Of each object, IoU with the best proposal of its frame.
        whole: Likewise with the whole frame.
        centre: Likewise with the box in the middle.
    """

    name: str
    num_masks: float
    best: np.ndarray
    whole: np.ndarray
    centre: np.ndarray


def clips_of_label_file(
    ann_file: str | Path, frames_dir: str | Path
) -> list[LabelledClip]:
    """Read the clips of a YouTube-VIS file that have masks."""
    labels = LabelFile.load(ann_file)
    clips = []
    for key, video in labels.videos.items():
        size = video['height'], video['width']
        objects = {}
        for t in labels.frames_with_masks(key):
            found = [
                decode_mask(one['segmentations'][t], *size)
                for one in labels.annotations[key]
                if one['segmentations'][t] is not None
            ]
            objects[t] = np.stack(found).astype(bool)
        frames = [Path(frames_dir) / name for name in video['file_names']]
        clips.append(LabelledClip(frames[0].parent.name, frames, objects))
    return clips


def clips_of_davis(root: str | Path) -> list[LabelledClip]:
    """Read a folder in DAVIS layout, `JPEGImages/480p`, `Annotations/480p`.

    Raises:
        UserError: If there is no clip, or a mask has another size than its
            frame or no frame.
    """
    pictures, masks = (
        Path(root) / part / '480p' for part in ('JPEGImages', 'Annotations')
    )
    if not pictures.is_dir():
        raise UserError(f'no folder {pictures}; expected DAVIS layout')
    clips = []
    for folder in sorted(path for path in pictures.iterdir() if path.is_dir()):
        frames = FrameFolder(folder).files
        index = {path.stem: t for t, path in enumerate(frames)}
        objects = {}
        for path in sorted((masks / folder.name).glob('*.png')):
            if path.stem not in index:
                raise UserError(f'{path} has no frame in {folder}; remove it')
            labels = np.asarray(Image.open(path))
            found = [labels == key for key in np.unique(labels) if key]
            if found:
                objects[index[path.stem]] = np.stack(found)
        clips.append(LabelledClip(folder.name, frames, objects))
    return clips


def score_proposer(
    proposer: Any, clips: Iterable[LabelledClip], window: int = 8
) -> list[ClipScores]:
    """Compare the masks of a proposer with the objects of clips.

    Args:
        proposer: A part with `propose(frames)`.
        clips: Those without objects are left out.
        window: Frames that go to the proposer at once, counted from the
            start of a clip, as in labelling; windows without an object are
            skipped.
    """
    return [
        _score_clip(proposer, clip, window) for clip in clips if clip.objects
    ]


def _score_clip(proposer: Any, clip: LabelledClip, window: int) -> ClipScores:
    rows, counts = [], []
    for start in range(0, len(clip.frames), window):
        part = range(start, min(start + window, len(clip.frames)))
        if not clip.objects.keys() & set(part):
            continue
        frames = [read_image(clip.frames[t]) for t in part]
        for t, found in zip(part, proposer.propose(frames)):
            objects = clip.objects.get(t)
            if objects is None:
                continue
            if objects.shape[1:] != found.masks.shape[1:]:
                raise UserError(
                    f'masks of frame {t} of {clip.name} are '
                    f'{objects.shape[1:]}, the frame is '
                    f'{found.masks.shape[1:]} (height, width)'
                )
            size = objects.shape[1:]
            counts.append(len(found.masks))
            rows.append(
                [
                    best_ious(masks, objects)
                    for masks in (
                        found.masks,
                        whole_frame(*size),
                        centre_box(*size),
                    )
                ]
            )
    best, whole, centre = (np.concatenate(row) for row in zip(*rows))
    return ClipScores(clip.name, float(np.mean(counts)), best, whole, centre)


def pooled(name: str, rows: Sequence[ClipScores]) -> ClipScores:
    """All objects of several clips as one row; each object counts once."""
    return ClipScores(
        name,
        float(np.mean([row.num_masks for row in rows])),
        *(
            np.concatenate([getattr(row, key) for row in rows])
            for key in ('best', 'whole', 'centre')
        ),
    )


def format_scores(rows: Sequence[ClipScores]) -> str:
    """A table in markdown, with the mean over all objects below."""
    lines = [
        '| clip | objects | masks per frame | best IoU | whole frame | '
        'centre box | above both |',
        '| --- | --- | --- | --- | --- | --- | --- |',
    ]
    for row in [*rows, pooled('all objects', rows)]:
        best, whole, centre = (
            part.mean() for part in (row.best, row.whole, row.centre)
        )
        lines.append(
            f'| {row.name} | {len(row.best)} | {row.num_masks:.1f} | '
            f'{best:.3f} | {whole:.3f} | {centre:.3f} | '
            f'{best - max(whole, centre):+.3f} |'
        )
    return '\n'.join(lines)
