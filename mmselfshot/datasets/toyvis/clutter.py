"""Shapes outside ToyVIS's vocabulary."""

from functools import cache

import cv2
import numpy as np

from mmselfshot.datasets.toyvis.outlines import (
    ALL_KINDS,
    Outline,
    fill,
    kind_outline,
    normalise,
)

MAX_LIKENESS = 0.84
_SIDE = 28  # pixels of the pictures that are compared
_AREA = 220.0  # of a compared shape, in pixels
_STEP = 15  # degrees between two compared directions


def _align(outline: Outline) -> np.ndarray:
    """(S, S) float32 coverage, centred on the centroid, of equal area."""
    image = fill(outline.contours, _SIDE, 1.5)
    moments = cv2.moments(image)
    scale = float(np.sqrt(_AREA / moments['m00']))
    x = moments['m10'] / moments['m00'] * scale
    y = moments['m01'] / moments['m00'] * scale
    middle = (_SIDE - 1) / 2
    matrix = np.array([[scale, 0, middle - x], [0, scale, middle - y]])
    return cv2.warpAffine(image, matrix, (_SIDE, _SIDE))


@cache
def _turned_kinds() -> tuple[np.ndarray, np.ndarray]:
    """All kinds, and their mirror images, in all directions.

    Returns:
        (M, S * S) float32 coverage and its (M,) sum of squares.
    """
    middle = (_SIDE - 1) / 2
    turned = []
    for kind in ALL_KINDS:
        image = _align(kind_outline(kind))
        for angle in range(0, 360, _STEP):
            matrix = cv2.getRotationMatrix2D((middle, middle), angle, 1)
            copy = cv2.warpAffine(image, matrix, (_SIDE, _SIDE))
            turned += [copy.ravel(), copy[:, ::-1].ravel()]
    stacked = np.stack(turned)
    return stacked, np.square(stacked).sum(1)


def likeness(outline: Outline) -> float:
    """Largest overlap of an outline with any kind, turned and mirrored.

    Returns:
        Intersection over union at equal area and centroid, in [0, 1];
        of soft-edged shapes by Tanimoto's formula.
    """
    image = _align(outline).ravel()
    kinds, areas = _turned_kinds()
    # einsum, not a BLAS product: the sum must not depend on threads
    common = np.einsum('ms,s->m', kinds, image)
    union = areas + np.square(image).sum() - common
    return float((common / union).max())


def clutter_outline(rng: np.random.Generator) -> Outline:
    """A crooked shape of none of the kinds, another one at every call.

    Six to nine corners at uneven angles and uneven distances, joined by
    straight lines, without a hole; drawn again while it is like a kind
    (`likeness` above `MAX_LIKENESS`) or hardly wider than a line.
    """
    while True:
        num = int(rng.integers(6, 10))
        angles = np.cumsum(rng.uniform(0.4, 1.6, num))
        angles *= 2 * np.pi / (angles[-1] + 0.2)
        radii = rng.uniform(0.2, 1.0, num)
        points = radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)
        outline = normalise(Outline((points,)))
        area = cv2.contourArea(outline.contours[0].astype(np.float32))
        if area > 1.2 and likeness(outline) <= MAX_LIKENESS:
            return outline
