"""Small pools of films and folders of frames that say who they are."""

from pathlib import Path

import numpy as np
from PIL import Image

H, W = 32, 48


def grey(level: int, size=(H, W)) -> np.ndarray:
    return np.full((*size, 3), level, dtype=np.uint8)


def levels(frames: np.ndarray) -> list[int]:
    """The grey of each frame of (..., H, W, 3), rounded to tens."""
    means = frames.reshape(-1, *frames.shape[-3:]).mean((1, 2, 3))
    return [10 * round(mean / 10) for mean in means.tolist()]


def write_film(
    path: Path, images, codec='libx264', rate=10, turn=0, **options
):
    """A film through PyAV alone."""
    import av

    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), 'w') as container:
        stream = container.add_stream(codec, rate=rate)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = 'yuv420p'
        stream.options = options
        if turn:
            stream.set_display_rotation(turn)
        for image in images:
            frame = av.VideoFrame.from_ndarray(image, format='rgb24')
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def write_folder(path: Path, images) -> Path:
    """A folder of PNG frames, by default 6 per second."""
    path.mkdir(parents=True, exist_ok=True)
    for number, image in enumerate(images):
        Image.fromarray(image).save(path / f'{number:05d}.png')
    return path


def noise(seed: int, num_frames: int = 6) -> list[np.ndarray]:
    """Frames of a video that differs from those of other seeds."""
    rng = np.random.default_rng(seed)
    still = rng.integers(0, 256, (H, W, 3), dtype=np.uint8)
    return [np.roll(still, 2 * i, axis=1) for i in range(num_frames)]
