"""From a `VideoSpec` to frames and modal masks."""

import math

import cv2
import numpy as np

from mmselfshot.datasets.toyvis.backgrounds import draw_background
from mmselfshot.datasets.toyvis.clutter import clutter_outline
from mmselfshot.datasets.toyvis.outlines import fill, kind_outline
from mmselfshot.datasets.toyvis.scene import Body, VideoSpec
from mmselfshot.datasets.toyvis.textures import (
    COLOURS,
    cloud_noise,
    second_colour,
    surface_pattern,
)

_SIDE = 112  # pixels of a sprite
REACH = 1.5  # unit coordinate of a sprite's border
_FINER = 2  # supersampling of a drawn body


def draw_sprite(body: Body) -> tuple[np.ndarray, np.ndarray]:
    """Paint a body's surface in its own coordinates.

    Returns:
        (S, S, 3) float32 RGB in [0, 255] and (S, S) float32 coverage.
    """
    rng = np.random.default_rng(body.seed)
    outline = (
        clutter_outline(rng) if body.kind is None else kind_outline(body.kind)
    )
    alpha = fill(outline.contours, _SIDE, REACH)
    first = np.array(COLOURS[body.colour], np.float32)
    first = np.clip(first + rng.uniform(-14, 14, 3), 0, 255)
    first = first.astype(np.float32)
    other = second_colour(first, rng)
    wave = rng.uniform(0.4, 0.7) * _SIDE / (2 * REACH)
    share = surface_pattern(body.pattern, _SIDE, wave, rng)[..., None]
    surface = first + share * (other - first)
    relief = 0.06 * cloud_noise(rng, _SIDE, _SIDE, 14, 3)
    surface *= (1 + relief)[..., None]
    ink = second_colour(first, rng) * 0.5 if first.mean() > 70 else other
    depth = cv2.distanceTransform(
        (alpha > 0.5).astype(np.uint8), cv2.DIST_L2, 5
    )
    rim = np.clip(1.5 - depth / 2.5, 0, 1)
    marks = fill(outline.marks, _SIDE, REACH)
    weight = np.maximum(0.75 * rim, marks)[..., None]
    surface += weight * (ink - surface)
    return np.clip(surface, 0, 255).astype(np.float32), alpha


def place_sprite(
    body: Body,
    frame: int,
    height: int,
    width: int,
    side: int = _SIDE,
    finer: int = _FINER,
) -> tuple[np.ndarray, np.ndarray, slice, slice] | None:
    """Where each pixel near a body lies on its sprite.

    Args:
        body: Whatever has the size, centre, angle, squash and bend of one.
        frame: Index of the frame.
        height: Of the picture.
        width: Of the picture.
        side: Pixels of the sprite.
        finer: Samples per pixel, along each side.

    Returns:
        Sprite x and y, (h, w) float32 at `finer` times the resolution, and
        the rows and columns of the picture; None if nothing is inside.
    """
    half = float(body.size[frame]) / 2
    x, y = body.centre[frame]
    around = half * REACH * 1.2
    left, right = max(math.floor(x - around), 0), math.ceil(x + around)
    top, bottom = max(math.floor(y - around), 0), math.ceil(y + around)
    right, bottom = min(right, width), min(bottom, height)
    if left >= right or top >= bottom:
        return None
    columns = np.arange((right - left) * finer) + 0.5
    rows = np.arange((bottom - top) * finer) + 0.5
    dx = (columns / finer + left - x)[None] / half
    dy = (rows / finer + top - y)[:, None] / half
    cos, sin = math.cos(body.angle[frame]), math.sin(body.angle[frame])
    u, v = dx * cos + dy * sin, dy * cos - dx * sin
    squash = float(body.squash[frame])
    u, v = u / (1 + squash), v / (1 - squash)
    u = u + float(body.bend[frame]) * (v * v - 0.4)
    scale = side / (2 * REACH)
    on_sprite = ((c + REACH) * scale - 0.5 for c in (u, v))
    sprite_x, sprite_y = (c.astype(np.float32) for c in on_sprite)
    return sprite_x, sprite_y, slice(top, bottom), slice(left, right)


def warp_sprite(
    image: np.ndarray, x: np.ndarray, y: np.ndarray, finer: int = _FINER
) -> np.ndarray:
    """Sample a sprite and average the finer pixels."""
    fine = cv2.remap(
        image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    shape = (x.shape[1] // finer, x.shape[0] // finer)
    return cv2.resize(fine, shape, interpolation=cv2.INTER_AREA)


def _paint_body(
    image: np.ndarray,
    owner: np.ndarray,
    number: int,
    body: Body,
    sprite: tuple[np.ndarray, np.ndarray],
    frame: int,
) -> None:
    """Paint a body and its soft shadow over what is there already.

    Args:
        image: (H, W, 3) float32, changed.
        owner: (H, W) int, number of the body seen at a pixel, changed.
        number: Of this body.
        body: Its motion.
        sprite: Its surface and coverage.
        frame: Index of the frame.
    """
    placed = place_sprite(body, frame, *owner.shape)
    if placed is None:
        return
    x, y, rows, columns = placed
    surface = warp_sprite(sprite[0], x, y)
    alpha = warp_sprite(sprite[1], x, y)
    part = image[rows, columns]
    shadow = cv2.GaussianBlur(alpha, (0, 0), 1.5)
    shift = np.float32([[1, 0, 1.5], [0, 1, 2]])
    shadow = cv2.warpAffine(shadow, shift, shadow.shape[::-1])
    part *= 1 - 0.35 * shadow[..., None]
    part += alpha[..., None] * (surface - part)
    owner[rows, columns][alpha >= 0.5] = number


def _light(spec: VideoSpec) -> np.ndarray:
    """(H, W, 1) float32 factor of a light that falls from one side."""
    x = np.linspace(-1, 1, spec.width)[None]
    y = np.linspace(-1, 1, spec.height)[:, None]
    light = 1 + spec.slope[0] * x + spec.slope[1] * y
    return light[..., None].astype(np.float32)


def _pan(canvas: np.ndarray, spec: VideoSpec, frame: int) -> np.ndarray:
    """The part of the background that the camera sees."""
    shift_x, shift_y, zoom = spec.camera[frame]
    left = canvas.shape[1] / 2 - zoom * spec.width / 2 + shift_x
    top = canvas.shape[0] / 2 - zoom * spec.height / 2 + shift_y
    matrix = np.array([[zoom, 0, left], [0, zoom, top]], np.float64)
    return cv2.warpAffine(
        canvas,
        matrix,
        (spec.width, spec.height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT_101,
    )


def render_video(
    spec: VideoSpec,
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Paint a video.

    Returns:
        frames: (T, H, W, 3) uint8 RGB.
        masks: (N, T, H, W) bool, what is seen of each named object, bottom
            to top; masks of one frame never overlap.
        kinds: N names.
    """
    rng = np.random.default_rng(spec.seed)
    reach = np.ceil(np.abs(spec.camera[:, :2]).max(0)).astype(int)
    canvas = draw_background(
        spec.background,
        int(spec.height + 2 * reach[1] + 8),
        int(spec.width + 2 * reach[0] + 8),
        spec.num_distractors,
        rng,
    )
    sprites = [draw_sprite(body) for body in spec.bodies]
    light = _light(spec)
    shape = (spec.num_frames, spec.height, spec.width)
    frames = np.empty((*shape, 3), np.uint8)
    owners = np.zeros(shape, np.int16)
    for t in range(spec.num_frames):
        image = _pan(canvas, spec, t)
        for number, (body, sprite) in enumerate(zip(spec.bodies, sprites), 1):
            _paint_body(image, owners[t], number, body, sprite, t)
        image *= light * np.float32(spec.gain[t])
        if spec.blur[t] > 0.2:
            image = cv2.GaussianBlur(image, (0, 0), float(spec.blur[t]))
        grain = rng.standard_normal(image.shape, np.float32)
        image += np.float32(spec.noise) * grain
        frames[t] = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    named = [k for k, body in enumerate(spec.bodies) if body.kind is not None]
    masks = np.zeros((len(named), *shape), bool)
    for row, k in enumerate(named):
        np.equal(owners, k + 1, out=masks[row])
    return frames, masks, [spec.bodies[k].kind for k in named]
