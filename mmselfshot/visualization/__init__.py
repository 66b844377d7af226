"""Films, contact sheets and palette pictures of tracks."""

from mmselfshot.visualization.films import write_films, write_label_films
from mmselfshot.visualization.palette import (
    pascal_palette,
    read_palette_png,
    write_palette_png,
)
from mmselfshot.visualization.tracks import Track
from mmselfshot.visualization.video_visualizer import VideoVisualizer

__all__ = [
    'Track',
    'VideoVisualizer',
    'pascal_palette',
    'read_palette_png',
    'write_films',
    'write_label_films',
    'write_palette_png',
]
