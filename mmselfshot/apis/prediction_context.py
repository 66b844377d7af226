"""What a prediction needs and shows beside the video."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class PredictionContext:
    """What a prediction needs and shows beside the video.

    Attributes:
        context: More arguments of `predict_tracks`.
        of_entries: More keys of every entry of `results.json`.
        of_video: More keys of `video.json`.
        write: Writes more files into a folder.
    """

    context: dict[str, Any] = field(default_factory=dict)
    of_entries: dict[str, Any] = field(default_factory=dict)
    of_video: dict[str, Any] = field(default_factory=dict)
    write: Callable[[Path], None] | None = None
