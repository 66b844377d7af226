"""A proposer and a namer that see colours, and videos for them.

Real parts in the sense of the contracts, only simple: masks are connected
areas of a saturated colour, names are read from the mean colour.
"""

import os
import signal
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy import ndimage

from mmselfshot.labelling import Proposals
from mmselfshot.registry import MODELS

COLOURS = {'red': (220, 30, 30), 'green': (30, 200, 40), 'blue': (30, 40, 220)}
SIZE = 40, 56  # H, W


class Names(NamedTuple):
    probs: np.ndarray
    features: np.ndarray
    is_small: np.ndarray


@MODELS.register_module(force=True)
class ColourProposer:
    """Score: share of the mask in its box. Ends the process when told."""

    def __init__(self, least_pixels: int = 4) -> None:
        self.least_pixels = least_pixels

    def propose(self, frames):
        _maybe_die()
        return [self._look_at(frame) for frame in frames]

    def _look_at(self, frame):
        values = frame.astype(int)
        parts, number = ndimage.label(values.max(2) - values.min(2) > 100)
        masks = np.stack(
            [parts == index for index in range(1, number + 1)]
            or [np.zeros(frame.shape[:2], bool)]
        )
        masks = masks[masks.sum((1, 2)) >= self.least_pixels]
        proposals = Proposals.from_masks(masks, np.ones(len(masks)))
        sides = proposals.boxes[:, 2:] - proposals.boxes[:, :2]
        areas = proposals.masks.sum((1, 2))
        proposals.scores = (areas / sides.prod(1)).astype(np.float32)
        return proposals


@MODELS.register_module(force=True)
class ColourNamer:
    """Softmax over the cosines of the mean colour with those of the names."""

    def __init__(self, classes, scale: float = 20.0, min_side: int = 4):
        self.classes = classes
        anchors = np.array([COLOURS[name] for name in classes], float)
        self.anchors = anchors / np.linalg.norm(anchors, axis=1)[:, None]
        self.scale = scale
        self.min_side = min_side

    def name(self, frame, proposals):
        means = np.array([frame[mask].mean(0) for mask in proposals.masks])
        features = means / np.linalg.norm(means, axis=1)[:, None]
        logits = np.exp(self.scale * features @ self.anchors.T)
        sides = proposals.boxes[:, 2:] - proposals.boxes[:, :2]
        return Names(
            (logits / logits.sum(1)[:, None]).astype(np.float32),
            features.astype(np.float32),
            sides.min(1) < self.min_side,
        )


def _maybe_die() -> None:
    """Kill this process at the n-th call, n from the environment."""
    left = os.environ.get('DIE_AFTER_CALLS')
    if left is not None:
        if int(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        os.environ['DIE_AFTER_CALLS'] = str(int(left) - 1)


def draw_frame(squares) -> np.ndarray:
    """A grey frame with filled squares (name, top, left, side)."""
    frame = np.full((*SIZE, 3), 90, np.uint8)
    for name, top, left, side in squares:
        frame[top : top + side, left : left + side] = COLOURS[name]
    return frame


def write_colour_videos(root: Path, num_videos: int = 4) -> Path:
    """Folders `v1` ... of 3 frames; the second frame of each is empty.

    Video v has a square of 8 pixels, red, green, blue in turn, and a blue
    dot of 3 pixels in its last frame.

    Returns:
        The folder of the videos.
    """
    names = list(COLOURS)
    for number in range(1, num_videos + 1):
        for index in range(3):
            square = (names[(number - 1) % 3], 5 + number, 6 + 4 * index, 8)
            squares = [] if index == 1 else [square]
            if index == 2:
                squares.append(('blue', 30, 40, 3))
            path = root / f'v{number}/{index:05d}.png'
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(draw_frame(squares)).save(path)
    return root


def write_colour_config(path: Path, **changes) -> Path:
    """A config whose labelling sees colours."""
    labelling = dict(
        proposer=dict(type='ColourProposer'),
        namer=dict(type='ColourNamer'),
        classes=['red', 'green', 'blue'],
        window=2,
        filters=[dict(type='ScoreFilter', clip_thr=0.5)],
    )
    labelling.update(changes)
    path.write_text(
        "default_scope = 'mmselfshot'\n"
        "custom_imports = dict(imports=['toy_labelling'])\n"
        f'labelling = {labelling!r}\n'
    )
    return path
