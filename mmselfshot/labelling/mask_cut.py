"""MaskCut: several objects of a frame by repeated normalised cuts.

Source: Wang et al., "Cut and Learn for Unsupervised Object Detection and
Instance Segmentation" (CutLER), CVPR 2023, Sec. 3.2, and its program
CutLER:maskcut/maskcut.py, as described in docs/uvis.md; the defaults are
those of its released labels.
Ours: the cut is solved by Lanczos iterations, the side of the corners is
always the background (`maskcut_rules.py`), grids need not be square, a cut
is not computed again for an unchanged graph, a frame without any structure
has no mask, and masks get a quality score, where the program writes 1.
Shapes: B frames, h w patches, C channels.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from scipy import ndimage
from torch import Tensor, nn

from mmselfshot.labelling.dense_crf import DenseCRF
from mmselfshot.labelling.maskcut_rules import (
    ComponentPicker,
    MaskPicker,
    mask_iou,
)
from mmselfshot.labelling.normalised_cut import Cut, PatchGraph, solve_cut
from mmselfshot.labelling.proposals import Proposals
from mmselfshot.labelling.seed_picker import SeedPicker
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError

MIN_STRUCTURE = 1e-4  # of 1 - w; below, all patches are alike


class GridMask(NamedTuple):
    """A mask in patches.

    Attributes:
        mask: (h, w) bool.
        index: Which of the frame's cuts it came from.
        contrast: In [0, 1], see `measure_contrast`.
    """

    mask: np.ndarray
    index: int
    contrast: float


def cut_masks(
    features: Tensor,
    num_masks: int = 3,
    tau: float = 0.15,
    solve: Callable[[PatchGraph], Cut] = solve_cut,
    make_picker: Callable[[tuple[int, int]], MaskPicker] = MaskPicker,
) -> list[list[GridMask]]:
    """Cut objects out of B frames, one after another.

    Args:
        features: (B, C, h, w) float32.
        num_masks: Cuts per frame; a cut may give no mask.
        tau: Patches are joined where their cosine is above it.
        solve: Solver of the normalised cut.
        make_picker: Makes the rules of one frame from (h, w).

    Returns:
        The masks of each frame, not empty; disjoint under the published
        rules.
    """
    grid = tuple(features.shape[2:])
    points = features.flatten(2).transpose(1, 2)
    whole = graph = PatchGraph.from_features(points, tau)
    pickers = [make_picker(grid) for _ in points]
    for picker, strong in zip(pickers, whole.strong):
        picker.strong = strong
    found: list[list[GridMask]] = [[] for _ in points]
    vectors: list[np.ndarray | None] = [None] * len(points)
    for index in range(num_masks):
        stale = [
            b
            for b, picker in enumerate(pickers)
            if vectors[b] is None and not picker.is_finished
        ]
        if stale:
            cut = solve(
                graph.frames(torch.tensor(stale, device=points.device))
            )
            for b, vector, value in zip(stale, cut.vectors, cut.values):
                if 1 - value.item() > MIN_STRUCTURE:
                    vectors[b] = vector.reshape(grid).cpu().numpy()
        for b, picker in enumerate(pickers):
            if vectors[b] is None or picker.is_finished:
                continue
            num_taken = picker.taken.sum()
            for mask in picker.look(vectors[b]):
                contrast = measure_contrast(whole, b, mask)
                found[b].append(GridMask(mask, index, contrast))
            if picker.taken.sum() > num_taken:
                vectors[b] = None  # another graph, another cut
        if index + 1 < num_masks:
            taken = np.stack([picker.taken.ravel() for picker in pickers])
            graph = whole.without(torch.from_numpy(taken).to(points.device))
    return found


def measure_contrast(graph: PatchGraph, frame: int, mask: np.ndarray) -> float:
    """How much a mask holds together and stands apart, in [0, 1].

    Args:
        graph: With all patches.
        frame: Which of its frames.
        mask: (h, w) bool, not empty.

    Returns:
        Share of strong edges among the mask's patches, times the share of
        weak ones from them to all other patches.
    """
    inside = torch.from_numpy(mask.ravel()).to(graph.strong)
    size = inside.sum()
    edges = graph.strong[frame] @ inside
    within = (edges @ inside) / size**2
    rest = max(inside.numel() - size, 1)
    across = (edges @ (1 - inside)) / (size * rest)
    return float(within * (1 - across))


@MODELS.register_module()
class MaskCut(nn.Module):
    """Masks from patch features, without any training.

    The score of a mask is ours: its contrast (`measure_contrast`) times the
    IoU of the mask before and after the CRF.

    Args:
        features: Config of the patch features (`DINOFeatures`,
            `HandMadeFeatures`), or the object.
        num_masks: Cuts per frame, the most masks it can have.
        tau: Patches are joined where the cosine of their features is above
            it: larger gives more and smaller pieces.
        crf: Arguments of `DenseCRF`; None leaves masks as patches.
        crf_size: (height, width) to which the frame is brought for the CRF,
            or the length of its shorter side, which then is not enlarged;
            None takes the frame's own.
        min_agreement: Least IoU of a mask before and after the CRF.
        is_kept_unrefined: Whether a mask below it stays as it was before,
            instead of being dropped. Ours: the CRF swallows small objects.
        has_all_parts: Whether all connected parts of a cut's foreground are
            masks, instead of the one with the seed. Ours.
        is_grown: Whether a mask is what is like the seed of its cut, so that
            objects that touch come apart (`SeedPicker`). Ours.
        max_overlap: A mask is rejected at a larger IoU with the one before.
        min_area: From the second mask on, the share of the grid that a mask
            must exceed.
        tolerance: Residual at which a cut is taken as solved.
        batch_size: Frames cut at once; 1 on the CPU and 8 on a GPU if None.
            A 60x60 grid takes 52 MB per frame.
    """

    def __init__(
        self,
        features: dict | nn.Module,
        num_masks: int = 3,
        tau: float = 0.15,
        crf: dict | None = {},  # noqa: B006 (it is not changed)
        crf_size: tuple[int, int] | int | None = (480, 480),
        min_agreement: float = 0.5,
        is_kept_unrefined: bool = False,
        has_all_parts: bool = False,
        is_grown: bool = False,
        max_overlap: float = 0.5,
        min_area: float = 0.01,
        tolerance: float = 1e-5,
        batch_size: int | None = None,
    ) -> None:
        super().__init__()
        if isinstance(features, dict):
            features = MODELS.build(features)
        self.features = features
        self.num_masks = num_masks
        self.tau = tau
        self.crf = None if crf is None else DenseCRF(**crf)
        self.crf_size = crf_size
        self.min_agreement = min_agreement
        self.is_kept_unrefined = is_kept_unrefined
        if has_all_parts and is_grown:
            raise UserError(
                'MaskCut has has_all_parts and is_grown; choose one of them'
            )
        self.make_picker = MaskPicker
        if has_all_parts:
            self.make_picker = ComponentPicker
        if is_grown:
            self.make_picker = SeedPicker
        self.max_overlap = max_overlap
        self.min_area = min_area
        self.tolerance = tolerance
        self.batch_size = batch_size

    @torch.no_grad()
    def propose(self, frames: Sequence[np.ndarray]) -> list[Proposals]:
        """Find masks in consecutive frames of one video.

        Args:
            frames: T times (H, W, 3) uint8, RGB.
        """
        if not len(frames):
            return []
        features = self.features.extract(frames)
        size = self.batch_size or (8 if features.is_cuda else 1)
        on_grid = [
            masks
            for part in features.split(size)
            for masks in cut_masks(
                part,
                self.num_masks,
                self.tau,
                lambda graph: solve_cut(graph, self.tolerance),
                lambda grid: self.make_picker(
                    grid, self.max_overlap, self.min_area
                ),
            )
        ]
        return [self._finish(*pair) for pair in zip(frames, on_grid)]

    def _finish(self, frame: np.ndarray, found: list[GridMask]) -> Proposals:
        """Bring masks from the grid to the frame."""
        height, width = frame.shape[:2]
        if not found:
            return Proposals.from_masks(np.zeros((0, height, width)), [])
        work = self._crf_size_of(height, width)
        masks = np.stack([upsample(one.mask, work) for one in found])
        scores = np.array([one.contrast for one in found])
        if self.crf is not None:
            masks, agreement = self._refine(frame, masks)
            is_kept = agreement >= self.min_agreement
            is_kept |= self.is_kept_unrefined
            masks, scores = masks[is_kept], (scores * agreement)[is_kept]
        masks = [to_frame(mask, (height, width)) for mask in masks]
        return Proposals.from_masks(
            np.reshape(masks, (-1, height, width)), scores
        )

    def _refine(
        self, frame: np.ndarray, masks: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Bring (N, *crf_size) masks to the outlines of the frame.

        Returns:
            The masks, or themselves where they would change too much and
            that is wanted, and their (N,) IoU before and after.
        """
        image = Image.fromarray(frame)
        image = image.resize(masks.shape[:0:-1], Image.Resampling.LANCZOS)
        refined = self.crf.refine(np.asarray(image), masks)
        refined = np.stack([*map(ndimage.binary_fill_holes, refined)])
        agreement = np.array([*map(mask_iou, masks, refined)])
        if self.is_kept_unrefined:
            is_lost = agreement < self.min_agreement
            refined[is_lost] = masks[is_lost]
        return refined, agreement

    def _crf_size_of(self, height: int, width: int) -> tuple[int, int]:
        if self.crf_size is None:
            return height, width
        if isinstance(self.crf_size, int):
            scale = min(self.crf_size / min(height, width), 1)
            return round(height * scale), round(width * scale)
        return tuple(self.crf_size)


def upsample(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Nearest neighbour, (h, w) to (H, W) bool."""
    height, width = mask.shape
    rows = np.arange(size[0]) * height // size[0]
    columns = np.arange(size[1]) * width // size[1]
    return mask[rows[:, None], columns]


def to_frame(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize a bool mask to (H, W) as published: PIL's bicubic, then half."""
    image = Image.fromarray(mask.astype(np.uint8) * 255)
    image = image.resize(size[::-1], Image.Resampling.BICUBIC)
    values = np.asarray(image)
    return values > values.max() / 2
