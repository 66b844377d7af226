"""One video with its tracks, picture by picture."""

from collections.abc import Sequence

import numpy as np

from mmselfshot.structures import decode_mask
from mmselfshot.visualization.draw import (
    draw_border,
    draw_labels,
    draw_legend,
    draw_masks,
    enlarge,
    enlargement,
    text_height,
)
from mmselfshot.visualization.tracks import Track

LABELLED = (255, 210, 0)


class VideoVisualizer:
    """Draws the tracks of one video on its frames.

    Every picture has a frame (small ones enlarged by a whole factor), and
    below it a legend of all tracks of the video, so it stays the same from
    frame to frame.

    Args:
        tracks: Best first; where masks overlap, the best is drawn on top.
        size: Height and width of the frames, in pixels.
        title: Stands before the legend.
        num_lines: Lines of the legend; None for as many as needed.
    """

    def __init__(
        self,
        tracks: Sequence[Track],
        size: tuple[int, int],
        title: str = '',
        num_lines: int | None = None,
    ) -> None:
        self.tracks = list(tracks)
        self.size = size
        self.factor = enlargement(*size)
        height, width = size[0] * self.factor, size[1] * self.factor
        entries = [(track.text, track.color) for track in self.tracks]
        if not entries and not title:
            title = 'no object'
        self.legend = draw_legend(
            width, title, entries, text_height(height, width), num_lines
        )

    def draw(
        self, image: np.ndarray, index: int, is_labelled: bool = False
    ) -> np.ndarray:
        """Draw one frame.

        Args:
            image: (H, W, 3) uint8 RGB.
            index: Of the frame in the tracks' segmentations.
            is_labelled: Mark it with a yellow border.

        Returns:
            (H', W', 3) uint8 RGB, of one size for all frames.
        """
        shown = [
            track
            for track in reversed(self.tracks)
            if track.segmentations[index] is not None
        ]
        masks = [
            enlarge(
                decode_mask(track.segmentations[index], *self.size),
                self.factor,
            )
            for track in shown
        ]
        colors = [track.color for track in shown]
        picture = enlarge(image, self.factor)
        picture = draw_masks(picture, masks, colors)
        if is_labelled:
            picture = draw_border(picture, LABELLED)
        texts = [track.text for track in shown]
        picture = draw_labels(picture, masks[::-1], texts[::-1], colors[::-1])
        return np.concatenate([picture, self.legend])
