"""Naming masks with CLIP: which class is in this region?

Source: UVIS (arXiv 2406.06908) sends the box region, not a masked crop,
through CLIP's image tower and takes the class with the largest cosine to "a
photo of <class>".
Ours: everything else. The softmax with CLIP's own scale gives probabilities;
several templates are averaged; a box with a side below `min_side` pixels is
marked as small, because CLIP names such crops badly (measured by users of
RegionCLIP), and filters drop it; `square` and `attention` look at more than
the box, or inside it at the mask only.
Shapes: N masks, K classes, C features, H W pixels.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mmselfshot.labelling.proposals import Proposals
from mmselfshot.labelling.vocabulary import check_vocabulary
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError

REGIONS = ('box', 'square', 'attention')


@dataclass
class Names:
    """What CLIP says of the masks of one frame.

    Attributes:
        probs: (N, K) float32, each row sums to 1.
        features: (N, C) float32 of the image tower, unit length.
        is_small: (N,) bool, a box too small to be named well.
    """

    probs: np.ndarray
    features: np.ndarray
    is_small: np.ndarray

    @property
    def labels(self) -> np.ndarray:
        """(N,) int64, index of the most probable class."""
        return self.probs.argmax(1)

    @property
    def scores(self) -> np.ndarray:
        """(N,) float32, probability of the most probable class."""
        return self.probs.max(1)


def spoken_names(classes: Sequence[str]) -> list[str]:
    """Class names as they go into a text: `_` is read as a space.

    Raises:
        UserError: If there is no name, one is empty or one is repeated.
    """
    if isinstance(classes, str):
        raise UserError(
            f'classes is the text {classes!r}; expected a list of names'
        )
    return [
        ' '.join(name.replace('_', ' ').split())
        for name in check_vocabulary(classes)
    ]


def check_templates(templates: Sequence[str]) -> list[str]:
    """Templates, each with one place for the name.

    Raises:
        UserError: If there is none, or one has no `{}`.
    """
    found = [templates] if isinstance(templates, str) else list(templates)
    wrong = [text for text in found if str(text).count('{}') != 1]
    if wrong or not found:
        raise UserError(
            f'template {wrong[0] if wrong else found!r}; expected a text with '
            'one {} for the name, such as "a photo of {}"'
        )
    return found


def region_of(
    box: Sequence[float],
    shape: tuple[int, int],
    expand: float = 1.0,
    is_square: bool = False,
) -> tuple[int, int, int, int]:
    """The part of a frame to look at.

    Args:
        box: x1, y1, x2, y2 in pixels, x2 and y2 just outside.
        shape: H and W of the frame.
        expand: Factor of both sides about the centre.
        is_square: Whether the shorter side grows to the longer one first.

    Returns:
        Left, top, right, bottom, whole pixels inside the frame, at least one
        pixel wide and high.
    """
    x1, y1, x2, y2 = (float(value) for value in box)
    width, height = x2 - x1, y2 - y1
    if is_square:
        width = height = max(width, height)
    ends = []
    for centre, side, most in (
        ((x1 + x2) / 2, width * expand, shape[1]),
        ((y1 + y2) / 2, height * expand, shape[0]),
    ):
        low = min(max(math.floor(centre - side / 2), 0), most - 1)
        high = min(max(math.ceil(centre + side / 2), low + 1), most)
        ends.append((low, high))
    return ends[0][0], ends[1][0], ends[0][1], ends[1][1]


@MODELS.register_module()
class CLIPNamer:
    """Gives every mask a probability for each class of a vocabulary.

    Args:
        clip: Config of `OpenCLIP`, or such a model.
        classes: Names, any words; `_` is read as a space.
        templates: Texts with `{}` for the name; their unit features are
            averaged and made unit again.
        region: `box` (as published), `square` (the box made square and
            expanded) or `attention` (the same region as `square`, and the
            last attention of the image tower sees only the mask).
        expand: Factor of the region's sides, about its centre.
        min_side: Boxes with a shorter side, in pixels of the frame, are
            marked as small.
        logit_scale: Factor of the cosines before the softmax; None for the
            one that the CLIP model was trained with.

    Raises:
        UserError: For an unknown region, a repeated or empty name, a
            template without `{}`, or a tower without attention to mask.
    """

    def __init__(
        self,
        clip: dict[str, Any] | Any,
        classes: Sequence[str],
        templates: Sequence[str] = ('a photo of {}',),
        region: str = 'box',
        expand: float = 1.0,
        min_side: float = 16,
        logit_scale: float | None = 100.0,
    ) -> None:
        if region not in REGIONS:
            raise UserError(
                f'region={region!r} of CLIPNamer; expected one of '
                f'{", ".join(REGIONS)}'
            )
        if expand <= 0:
            raise UserError(f'expand={expand} of CLIPNamer; expected above 0')
        self.classes = spoken_names(classes)
        self.templates = check_templates(templates)
        self.region = region
        self.expand = expand
        self.min_side = min_side
        self.clip = MODELS.build(clip) if isinstance(clip, dict) else clip
        if region == 'attention':
            _ = self.clip.masked_tower.grid  # says so if there is none
        if logit_scale is None:
            logit_scale = self.clip.logit_scale
        self.logit_scale = float(logit_scale)
        self._class_features: Tensor | None = None

    def to(self, device: str | torch.device) -> 'CLIPNamer':
        """Move the model, as of a module."""
        self.clip.to(device)
        self._class_features = None
        return self

    def class_features(self) -> Tensor:
        """(K, C) float32, unit length, the mean of all templates."""
        if self._class_features is not None:
            return self._class_features
        texts = [
            template.replace('{}', name)
            for template in self.templates
            for name in self.classes
        ]
        features = self.clip.encode_texts(texts)
        features = features.unflatten(0, (len(self.templates), -1)).mean(0)
        self._class_features = F.normalize(features, dim=-1)
        return self._class_features

    def name(self, frame: np.ndarray, proposals: Proposals) -> Names:
        """Name the masks of a frame.

        Args:
            frame: (H, W, 3) uint8 RGB.
            proposals: N masks at the frame's size and their boxes; N may be
                0.
        """
        boxes = np.asarray(proposals.boxes, dtype=np.float32).reshape(-1, 4)
        is_square = self.region != 'box'
        regions = [
            region_of(box, frame.shape[:2], self.expand, is_square)
            for box in boxes
        ]
        crops = [frame[y1:y2, x1:x2] for x1, y1, x2, y2 in regions]
        masks = None
        if self.region == 'attention':
            masks = [
                mask[y1:y2, x1:x2]
                for mask, (x1, y1, x2, y2) in zip(proposals.masks, regions)
            ]
        features = self.clip.encode_images(crops, masks)
        logits = self.logit_scale * features @ self.class_features().T
        sides = np.minimum(
            boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
        )
        return Names(
            probs=logits.softmax(1).cpu().numpy(),
            features=features.cpu().numpy(),
            is_small=sides < self.min_side,
        )
