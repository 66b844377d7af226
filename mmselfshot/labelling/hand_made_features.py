"""Patch features without any weights: colour, texture, motion, position.

Ours, no paper: for footage where no self-supervised network is at hand, and
for tests on real clips. Each patch is a point whose distance to another one
adds up weighted differences of its colour (Lab), texture (spread of Lab,
gradients), motion against the camera's, and place. Waves of random
directions (Rahimi and Recht, "Random Features for Large-Scale Kernel
Machines", NeurIPS 2007) turn it into a vector, so that the cosine of two
patches is exp(-distance^2 / 2): MaskCut's tau is then a distance, 0.15 is
1.95. The directions are drawn from a fixed seed.
Shapes: T frames, h w patches, C channels.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from mmselfshot.registry import MODELS

MIN_FLOW_SIDE = 32  # pixels; below, frames are seen as still


@MODELS.register_module()
class HandMadeFeatures(nn.Module):
    """Describes the patches of frames, for `MaskCut`.

    A weight is the distance of two patches whose difference is one unit; 0
    leaves a kind of feature out. One unit is: for colour and texture, the
    standard deviation in the frame; for motion, a factor of e in 1 + speed
    over three times the noise of the frame's flow; for position, the longer
    side of the frame.

    Args:
        num_rows: Patches along the shorter side of a frame.
        colour_weight: Of mean L, a, b.
        texture_weight: Of the spread of L, a, b and two mean gradients.
        motion_weight: Of the speed against the camera's motion.
        direction_weight: Of the motion as a vector.
        position_weight: Of column and row.
        neighbours: Distances, in frames, to those that motion is measured
            against; those outside of the video are left out.
        flow_rows: Length of a frame's shorter side for the flow, in pixels;
            smaller frames stay as they are.
        noise_floor: Least noise of a flow, in pixels of that size.
        num_waves: Directions drawn; C is twice that.
        seed: Of these.
    """

    def __init__(
        self,
        num_rows: int = 30,
        colour_weight: float = 0.5,
        texture_weight: float = 0.25,
        motion_weight: float = 2.0,
        direction_weight: float = 0.0,
        position_weight: float = 1.0,
        neighbours: Sequence[int] = (-1, 1),
        flow_rows: int = 240,
        noise_floor: float = 0.15,
        num_waves: int = 512,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.num_rows = num_rows
        self.colour_weight = colour_weight
        self.texture_weight = texture_weight
        self.motion_weight = motion_weight
        self.direction_weight = direction_weight
        self.position_weight = position_weight
        self.neighbours = tuple(neighbours)
        self.flow_rows = flow_rows
        self.noise_floor = noise_floor
        waves = np.random.default_rng(seed).standard_normal((13, num_waves))
        waves = torch.from_numpy(waves.astype(np.float32))
        self.register_buffer('waves', waves, persistent=False)

    def extract(self, frames: Sequence[np.ndarray]) -> Tensor:
        """Describe consecutive frames of one video.

        Args:
            frames: T times (H, W, 3) uint8, RGB, of one size.

        Returns:
            (T, C, h, w) float32, on the device of the module.
        """
        if not len(frames):
            return self.waves.new_zeros(0, 2 * self.waves.shape[1], 0, 0)
        grid = self._grid_of(*frames[0].shape[:2])
        motions = self._measure_motion(frames, grid)
        points = [self._place(*pair) for pair in zip(frames, motions)]
        phases = torch.from_numpy(np.stack(points)).to(self.waves) @ self.waves
        waves = torch.cat([phases.cos(), phases.sin()], dim=2)
        return waves.transpose(1, 2).reshape(len(frames), -1, *grid)

    def _grid_of(self, height: int, width: int) -> tuple[int, int]:
        side = max(min(height, width) / self.num_rows, 1)
        return max(round(height / side), 1), max(round(width / side), 1)

    def _place(self, frame: np.ndarray, motion: np.ndarray) -> np.ndarray:
        """(h * w, 13) float32, the patches of a frame as weighted points."""
        height, width = grid = motion.shape[:2]
        colour, texture = measure_looks(frame, grid)
        rows, columns = np.mgrid[:height, :width] / max(grid)
        parts = [
            _centre(colour) / _spread(colour).mean() * self.colour_weight,
            _centre(texture) / _spread(texture) * self.texture_weight / 5**0.5,
            motion[..., :1] * self.motion_weight,
            motion[..., 1:] * self.direction_weight,
            np.stack([columns, rows], 2) * self.position_weight,
        ]
        points = np.concatenate(parts, axis=2).reshape(height * width, -1)
        return points.astype(np.float32)

    def _measure_motion(
        self, frames: Sequence[np.ndarray], grid: tuple[int, int]
    ) -> list[np.ndarray]:
        """T times (h, w, 3) float32: log speed, and the vector as long."""
        scale = min(self.flow_rows / min(frames[0].shape[:2]), 1)
        size = [max(round(side * scale), 1) for side in frames[0].shape[1::-1]]
        still = np.zeros((*grid, 3), np.float32)
        if min(size) < MIN_FLOW_SIDE or not (
            self.motion_weight or self.direction_weight
        ):
            return [still] * len(frames)
        greys = [
            cv2.resize(
                cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY),
                size,
                interpolation=cv2.INTER_AREA,
            )
            for frame in frames
        ]
        preset = cv2.DISOPTICAL_FLOW_PRESET_MEDIUM
        flow_of = cv2.DISOpticalFlow_create(preset).calc
        motions = []
        for t, grey in enumerate(greys):
            views = []
            for step in self.neighbours:
                if 0 <= t + step < len(greys):
                    flow = flow_of(grey, greys[t + step], None)
                    own, noise = without_camera(flow)
                    own = shrink(own, grid) * np.sign(step)
                    noise = max(noise, self.noise_floor)
                    views.append(_compress(own, noise))
            motions.append(np.mean(views, axis=0) if views else still)
        return motions


def measure_looks(
    frame: np.ndarray, grid: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Measure the colour and texture of patches.

    Args:
        frame: (H, W, 3) uint8, RGB.
        grid: (h, w).

    Returns:
        colour: (h, w, 3) float32, mean L, a, b.
        texture: (h, w, 5) float32, standard deviation of L, a, b, and root
            of the mean absolute gradient of L along columns and rows.
    """
    lab = cv2.cvtColor(frame.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    colour = shrink(lab, grid)
    spread = np.sqrt(np.maximum(shrink(lab**2, grid) - colour**2, 0))
    light = np.ascontiguousarray(lab[..., 0])
    slopes = [cv2.Sobel(light, cv2.CV_32F, dx, 1 - dx) for dx in (1, 0)]
    edges = np.sqrt(shrink(np.abs(np.stack(slopes, 2)), grid))
    return colour, np.concatenate([spread, edges], axis=2)


def without_camera(flow: np.ndarray) -> tuple[np.ndarray, float]:
    """Take the motion of the camera out of a flow.

    The camera's is a second-degree polynomial of the place, fitted with
    weights that fall with the residual, so that moving objects that cover
    less than half of the frame do not count.

    Args:
        flow: (H, W, 2) float32, in pixels.

    Returns:
        The flow that is left, half as large, (ceil(H / 2), ceil(W / 2), 2),
        and its median length.
    """
    flow = flow[::2, ::2]
    height, width = flow.shape[:2]
    rows, columns = np.mgrid[:height, :width].reshape(2, -1)
    y, x = rows / height - 0.5, columns / width - 0.5
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
    values = flow.reshape(-1, 2).astype(float)
    weights = np.ones(len(values))
    for _ in range(10):
        weighted = terms * weights[:, None]
        fitted = np.linalg.lstsq(
            weighted.T @ terms, weighted.T @ values, rcond=None
        )[0]
        rest = values - terms @ fitted
        length = np.hypot(*rest.T)
        noise = float(np.median(length))
        weights = 1 / (1 + (length / (noise + 1e-3)) ** 2)
    return rest.reshape(height, width, 2).astype(np.float32), noise


def shrink(values: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
    """(H, W, n) to (h, w, n), mean over each patch."""
    small = cv2.resize(values, grid[::-1], interpolation=cv2.INTER_AREA)
    return small.reshape(*grid, -1)


def _compress(motion: np.ndarray, noise: float) -> np.ndarray:
    """(h, w, 2) in pixels to (h, w, 3): log of the length, vector as long."""
    length = np.linalg.norm(motion, axis=2, keepdims=True)
    log = np.log1p(length / (3 * noise))
    return np.concatenate([log, motion / (length + 1e-6) * log], axis=2)


def _centre(values: np.ndarray) -> np.ndarray:
    return values - values.mean((0, 1))


def _spread(values: np.ndarray) -> np.ndarray:
    return values.std((0, 1)) + 1e-6
