"""From a `FewshotSpec` to frames and modal masks."""

import cv2
import numpy as np

from mmselfshot.datasets.toyvis.clutter import clutter_outline
from mmselfshot.datasets.toyvis.fewshot.scenes import draw_scene
from mmselfshot.datasets.toyvis.fewshot.video import FewshotSpec, Mover
from mmselfshot.datasets.toyvis.outlines import fill, kind_outline
from mmselfshot.datasets.toyvis.render import (
    REACH,
    place_sprite,
    warp_sprite,
)
from mmselfshot.datasets.toyvis.scene import choose
from mmselfshot.datasets.toyvis.textures import (
    PATTERNS,
    cloud_noise,
    surface_pattern,
)

_SIDE = 64  # pixels of a sprite
_BORDER = 24  # pixels of background around what a still camera sees


def _draw_sprite(mover: Mover) -> np.ndarray:
    """A mover's surface in its own coordinates.

    Returns:
        (S, S, 3) float32: share of the second colour, brightness factor,
        coverage.
    """
    rng = np.random.default_rng(mover.seed)
    if mover.kind is None:
        outline, pattern = clutter_outline(rng), choose(rng, PATTERNS)
    else:
        outline = kind_outline(mover.kind.outline)
        pattern = mover.kind.surface
    alpha = fill(outline.contours, _SIDE, REACH)
    wave = rng.uniform(0.5, 0.75) * _SIDE / (2 * REACH)
    share = surface_pattern(pattern, _SIDE, wave, rng)
    inside = (alpha > 0.5).astype(np.uint8)
    depth = cv2.distanceTransform(inside, cv2.DIST_L2, 5)
    rim = np.clip(1.6 - depth / 1.6, 0, 1)
    ink = np.maximum(0.6 * rim, fill(outline.marks, _SIDE, REACH))
    relief = 0.05 * cloud_noise(rng, _SIDE, _SIDE, 14, 2)
    shade = (1 + relief) * (1 - 0.65 * ink)
    return np.stack([share, shade, alpha], 2).astype(np.float32)


class _Stage:
    """Paints the frames of a spec, one after the other.

    Args:
        spec: Of the video.
    """

    def __init__(self, spec: FewshotSpec) -> None:
        self.spec = spec
        rng = np.random.default_rng(spec.seed)
        shape = spec.height + 2 * _BORDER, spec.width + 2 * _BORDER
        self.field = draw_scene(spec.scene, *shape, rng)
        self.grain = rng.standard_normal((*shape, 3), np.float32)
        self.offsets = rng.integers(2 * _BORDER, size=(len(spec.segment), 2))
        self.sprites = [_draw_sprite(mover) for mover in spec.movers]
        self.x = np.linspace(-1, 1, spec.width, dtype=np.float32)[None]
        self.y = np.linspace(-1, 1, spec.height, dtype=np.float32)[:, None]

    def paint(self, t: int, owner: np.ndarray) -> np.ndarray:
        """Paint frame t.

        Args:
            t: Index of the frame.
            owner: (H, W) int, filled with the number of the mover seen at
                each pixel, from 1; 0 is background.

        Returns:
            (H, W, 3) uint8 RGB.
        """
        spec, looks = self.spec, self.spec.looks
        s = int(spec.segment[t])
        dark, light = looks.ground[s]
        field = self._see(t, s)[..., None]
        image = dark + field * (light - dark)
        for n in range(len(spec.movers)):
            self._paint_mover(image, owner, n, t, s)
        tilt = looks.slope[s, 0] * self.x + looks.slope[s, 1] * self.y
        image *= ((1 + tilt) * looks.gain[s]).astype(np.float32)[..., None]
        if looks.blur[s] > 0.2:
            image = cv2.GaussianBlur(image, (0, 0), float(looks.blur[s]))
        row, column = self.offsets[t]
        grain = self.grain[row:, column:][: spec.height, : spec.width]
        image += np.float32(spec.noise) * grain
        return np.clip(np.rint(image), 0, 255).astype(np.uint8)

    def _see(self, t: int, s: int) -> np.ndarray:
        """The part of the scene's field that the camera sees, (H, W)."""
        spec, looks = self.spec, self.spec.looks
        moved = looks.shift[s] + looks.pan[s] * (
            t - len(spec.segment) * (s + 0.5) / len(looks.zoom)
        )
        scale = 1 / float(looks.zoom[s])
        height, width = self.field.shape
        left = width / 2 - scale * spec.width / 2 + moved[0]
        top = height / 2 - scale * spec.height / 2 + moved[1]
        return cv2.warpAffine(
            self.field,
            np.array([[scale, 0, left], [0, scale, top]], np.float64),
            (spec.width, spec.height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT_101,
        )

    def _paint_mover(
        self, image: np.ndarray, owner: np.ndarray, n: int, t: int, s: int
    ) -> None:
        spec, zoom = self.spec, float(self.spec.looks.zoom[s])
        middle = np.array([spec.width, spec.height]) / 2
        placed = place_sprite(
            _Zoomed(spec.movers[n], zoom, middle),
            t,
            *owner.shape,
            side=_SIDE,
            finer=1,
        )
        if placed is None:
            return
        x, y, rows, columns = placed
        surface = warp_sprite(self.sprites[n], x, y, finer=1)
        share, shade, alpha = (surface[..., k : k + 1] for k in range(3))
        first, second = spec.looks.surfaces[s, n]
        colour = (first + share * (second - first)) * shade
        part = image[rows, columns]
        part += alpha * (colour - part)
        owner[rows, columns][alpha[..., 0] >= 0.5] = n + 1


class _Zoomed:
    """A mover as the camera sees it."""

    def __init__(self, mover: Mover, zoom: float, middle: np.ndarray) -> None:
        self.centre = middle + zoom * (mover.centre - middle)
        self.size = zoom * mover.size
        self.angle, self.squash = mover.angle, mover.squash
        self.bend = mover.bend


def render_fewshot(spec: FewshotSpec) -> tuple[np.ndarray, np.ndarray]:
    """Paint a video.

    Returns:
        frames: (T, H, W, 3) uint8 RGB.
        masks: (N, T, H, W) bool, what is seen of each mover, bottom to top;
            masks of one frame never overlap.
    """
    shape = (len(spec.segment), spec.height, spec.width)
    frames = np.empty((*shape, 3), np.uint8)
    owners = np.zeros(shape, np.int16)
    stage = _Stage(spec)
    for t in range(len(frames)):
        frames[t] = stage.paint(t, owners[t])
    numbers = np.arange(1, len(spec.movers) + 1)[:, None, None, None]
    return frames, owners[None] == numbers
