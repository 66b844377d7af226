"""Optical flow, and what the camera has no part in.

Ours: dense inverse search (OpenCV's DIS) down to single pixels, and a robust
homography from a grid of flow vectors for the motion of the camera; what
remains of the flow is motion of objects.
Shapes: H W pixels.
"""

import cv2
import numpy as np

_GRID = 4  # pixels between the points of the fit
_INLIER_THR = 0.5  # pixels
_PATCH, _STRIDE = 5, 2  # pixels; OpenCV's 8 and 4 blur small objects


def optical_flow(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Where the pixels of a frame go.

    Args:
        first: (H, W) uint8 grey, at least 16 pixels each way.
        second: (H, W) uint8 grey, another frame of the video.

    Returns:
        (H, W, 2) float32, x and y in pixels.
    """
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    flow.setFinestScale(0)
    flow.setPatchSize(_PATCH)
    flow.setPatchStride(_STRIDE)
    return flow.calc(first, second, None)


def camera_flow(flow: np.ndarray) -> np.ndarray:
    """The part of a flow that one homography of the frame explains.

    Args:
        flow: (H, W, 2) float32, pixels.

    Returns:
        (H, W, 2) float32; the median where no homography can be fitted.
    """
    height, width = flow.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    points = np.stack([x, y], -1)
    some = slice(_GRID // 2, None, _GRID)
    source = points[some, some].reshape(-1, 2)
    target = source + flow[some, some].reshape(-1, 2)
    matrix = None
    if len(source) >= 4:
        matrix, _ = cv2.findHomography(
            source, target, cv2.RANSAC, _INLIER_THR, maxIters=1000
        )
    if matrix is None:
        return np.broadcast_to(np.median(flow, (0, 1)), flow.shape)
    moved = cv2.perspectiveTransform(points.reshape(1, -1, 2), matrix)
    return moved.reshape(flow.shape).astype(np.float32) - points


def residual_motion(flow: np.ndarray) -> np.ndarray:
    """(H, W) float32 pixels that are moved beside the camera's motion."""
    return np.linalg.norm(flow - camera_flow(flow), axis=-1)


def warp_mask(mask: np.ndarray, flow_back: np.ndarray) -> np.ndarray:
    """Carry a mask to another frame.

    Args:
        mask: (H, W) bool.
        flow_back: (H, W, 2) float32, from that frame to this one.

    Returns:
        (H, W) bool; pixels that come from outside are False.
    """
    height, width = mask.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    carried = cv2.remap(
        mask.astype(np.uint8),
        (x + flow_back[..., 0]).astype(np.float32),
        (y + flow_back[..., 1]).astype(np.float32),
        cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_CONSTANT,
    )
    return carried.astype(bool)
