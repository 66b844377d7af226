"""What an episode consists of, and how it is read from disk.

Source: Self-Shot VIS (ECCV 2022), Sec. 5 and appendix. Ours: the protocol
`full`; the paper cuts its test videos, and their truth, to 32 frames.
Shapes: G targets, T query frames, K supports, S support frames, H W pixels.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmselfshot.datasets.episode_frames import cut_start, pad_frames
from mmselfshot.datasets.episode_masks import read_episode_masks
from mmselfshot.datasets.episode_records import frames_shown
from mmselfshot.datasets.episode_supports import (
    CROPS,
    SUPPORT_MODES,
    read_episode_supports,
)
from mmselfshot.datasets.support_reader import SupportReader, read_frames
from mmselfshot.utils import UserError

Resize = Callable[[Tensor], Tensor]
_PART = 32  # frames of a query that are in memory at their own size
CHOICES = {
    'protocol': ('paper', 'full'),
    'support_mode': SUPPORT_MODES,
    'non_targets': ('background', 'ignored'),
}


@dataclass(frozen=True)
class EpisodeForm:
    """Lengths and choices of all episodes, see `EpisodeDataset`.

    Raises:
        UserError: If a value is outside of its range.
    """

    num_frames: int
    support_frames: int
    num_supports: int
    protocol: str
    cut_seed: int | None
    support_mode: str
    non_targets: str
    needs_masks: bool
    test_mode: bool

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            value = getattr(self, name)
            if value not in choices:
                raise UserError(
                    f'{name}={value!r}; expected one of {", ".join(choices)}'
                )
        least = min(self.num_frames, self.support_frames)
        if least < 1 or self.num_supports < 0:
            raise UserError(
                f'num_frames={self.num_frames}, support_frames='
                f'{self.support_frames}, num_supports={self.num_supports}; '
                'expected 1 or more frames and 0 or more supports'
            )

    @property
    def has_crops(self) -> bool:
        """Whether parts of the query are its supports."""
        return self.support_mode in CROPS

    def crop_names(self, record: Mapping) -> list[str]:
        """Names of the parts of a query."""
        return [f'{record["name"]}#{i}' for i in range(self.num_supports)]

    def cut(
        self,
        record: Mapping,
        targets: Sequence[int] = (),
        draw: random.Random | None = None,
    ) -> tuple[list[int], int]:
        """Numbers of the query's frames, and how many are no repetition.

        Of what a frame without labels shows nothing is known: training does
        without such frames, a test predicts them.
        """
        every: Sequence[int] = range(len(record['file_names']))
        if self.test_mode and self.protocol == 'full':
            return list(every), len(every)
        shown = None
        if draw is not None:
            is_shown = frames_shown(record, targets)
            every = every if record['labelled'] is None else record['labelled']
            shown = [is_shown[number] for number in every]
        elif self.cut_seed is not None:
            draw = random.Random(f'{self.cut_seed}:{record["name"]}')
        start = cut_start(len(every), self.num_frames, shown, draw)
        real = every[start : start + self.num_frames]
        return pad_frames(real, self.num_frames), len(real)

    def read(
        self,
        record: Mapping,
        targets: Sequence[int],
        names: Sequence[str],
        reader: SupportReader,
        draw: random.Random | None = None,
        resize: Resize | None = None,
    ) -> dict[str, Any]:
        """Read an episode; of every clip, the frames that are used.

        Args:
            record: Of the query, see `episode_records`.
            targets: Category ids of what is to be segmented.
            names: Of the supports.
            reader: Of the supports.
            draw: In training, draws the frames.
            resize: Of (T, 3, H, W) uint8, frame by frame; with it, queries
                are read and resized in parts, and supports one by one.

        Returns:
            See `mmselfshot.datasets.transforms.episodes`.

        Raises:
            UserError: If a frame or mask cannot be read or has another size
                than the label file says.
        """
        numbers, num_real = self.cut(record, targets, draw)
        query = _read_query(record, numbers, resize)
        masks = ignored = None
        if self.needs_masks:
            masks, ignored = read_episode_masks(
                record, targets, numbers, self.non_targets == 'ignored'
            )
        supports = read_episode_supports(
            reader,
            record,
            names,
            self.support_frames,
            self.support_mode,
            draw,
        )
        return {
            'query': query,
            'supports': [_to_size(one, resize) for one in supports],
            'masks': masks,
            'ignored_mask': ignored,
            'meta': {
                'video_id': record['video_id'],
                'label_video_id': record['label_video_id'],
                'video_name': record['name'],
                'ori_shape': (record['height'], record['width']),
                'num_frames': num_real,
                'frame_ids': numbers,
                'category_ids': list(targets),
                'support_names': list(names),
                'protocol': self.protocol,
            },
        }


def _read_query(
    record: Mapping,
    numbers: Sequence[int],
    resize: Resize | None,
) -> Tensor:
    """(T, 3, h, w) uint8."""
    size = record['height'], record['width']
    parts = []
    length = _PART if resize else len(numbers)
    for start in range(0, len(numbers), length):
        part = numbers[start : start + length]
        frames = read_frames(record['file_names'], part)
        if frames.shape[1:3] != size:
            raise UserError(
                f'frames of {record["name"]} are {frames.shape[2]}x'
                f'{frames.shape[1]}, in the label file {size[1]}x{size[0]} '
                '(width x height); correct the label file or the frames'
            )
        parts.append(_to_size(frames, resize))
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def _to_size(frames: np.ndarray, resize: Resize | None) -> Tensor:
    clip = to_clip(frames)
    return resize(clip) if resize else clip


def to_clip(frames: np.ndarray) -> Tensor:
    """(T, H, W, 3) array to (T, 3, H, W) tensor; no copy of `read_frames`."""
    return torch.from_numpy(frames.transpose(0, 3, 1, 2)).contiguous()
