"""Crops of the videos of a pool, to train a retriever without labels.

Source: Self-Shot VIS (ECCV 2022), Sec. 4: 5 crops of 5 frames of each video
(our reading, see `clip_crops`).
Ours: `positives='source'` takes the crops from all clips that were cut from
one video, so that what changes between its scenes is learnt to be nothing.
Shapes: V crops, T frames, H W pixels.
"""

from collections.abc import Sequence
from pathlib import Path

import torch
from mmengine.logging import print_log
from torch import Tensor
from torch.utils.data import Dataset

from mmselfshot.datasets.clip_crops import read_crops
from mmselfshot.datasets.clip_pool import read_pool
from mmselfshot.datasets.randomness import SampleIndex, isolated_randomness
from mmselfshot.registry import DATASETS, TRANSFORMS
from mmselfshot.utils import UserError
from mmselfshot.utils.video_io import VideoError

POSITIVES = ('clip', 'source')
_MAX_TRIES = 20  # videos in a row that cannot be read


@DATASETS.register_module()
class PoolClipDataset(Dataset):
    """One sample is one video of a pool: V crops of it, each augmented.

    No annotation is read or needed. A sample depends on the draw alone, see
    `SampleIndex`. A video that cannot be read is named once in the log, and
    another one, drawn for the same sample, takes its place.

    Args:
        pool: A folder of videos or a list file, see `read_pool`.
        num_crops: V.
        num_frames: T of a crop.
        crop_share: Length of a crop, of its clip, in (0, 1].
        positives: Crops of what are one video: 'clip', or 'source', all
            clips of the pool that were cut from one video. Either way the
            clips of one source have one video id, so that they are no
            negatives of each other.
        has_one_window: Whether all crops take the same frames, so that they
            differ in the augmentation only.
        pipeline: Transforms for one crop, `clip` (T, 3, H, W) uint8.
        repeat: How often each video comes in a round.
        segment_seconds: Cut whole videos to clips of this length, see
            `read_pool`.

    Raises:
        UserError: If the pool is empty or a value is outside of its range.
    """

    metainfo: dict = {}

    def __init__(
        self,
        pool: str | Path,
        num_crops: int = 5,
        num_frames: int = 5,
        crop_share: float = 0.2,
        positives: str = 'clip',
        has_one_window: bool = False,
        pipeline: Sequence[dict] = (),
        repeat: int = 1,
        segment_seconds: float | None = None,
    ) -> None:
        if positives not in POSITIVES:
            raise UserError(
                f'PoolClipDataset has positives={positives!r}; expected one '
                f'of {", ".join(POSITIVES)}'
            )
        if min(num_crops, num_frames, repeat) < 1 or not 0 < crop_share <= 1:
            raise UserError(
                f'PoolClipDataset has num_crops={num_crops}, num_frames='
                f'{num_frames}, repeat={repeat}, crop_share={crop_share}; '
                'expected 1 or more, and a share above 0 and at most 1'
            )
        self.pool = pool
        self.clips = read_pool(pool, segment_seconds)
        self.num_crops = num_crops
        self.num_frames = num_frames
        self.crop_share = crop_share
        self.has_one_window = has_one_window
        self.repeat = repeat
        self.pipeline = [TRANSFORMS.build(one) for one in pipeline]
        sources: dict[str, list[int]] = {}
        for number, clip in enumerate(self.clips):
            sources.setdefault(clip.source, []).append(number)
        id_of = {source: i for i, source in enumerate(sources)}
        self.video_ids = [id_of[clip.source] for clip in self.clips]
        self.groups = (
            list(sources.values())
            if positives == 'source'
            else [[number] for number in range(len(self.clips))]
        )
        # in shared memory, so that loader workers do not repeat each other
        self._is_reported = torch.zeros(len(self.clips), dtype=torch.bool)
        self._is_reported.share_memory_()

    def __len__(self) -> int:
        return self.repeat * len(self.groups)

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        """The crops of a video.

        Returns:
            `inputs` (V, T, 3, H, W) uint8 RGB and `video_ids` () int64.

        Raises:
            UserError: If many videos in a row cannot be read.
        """
        number = int(index) % len(self.groups)
        seeds = (0, 0, int(index))
        if isinstance(index, SampleIndex):
            seeds = index.seed_tuple
        with isolated_randomness(seeds):
            for _ in range(_MAX_TRIES):
                crops = self._read_group(self.groups[number])
                if crops is not None:
                    break
                number = int(torch.randint(len(self.groups), ()))
            else:
                raise UserError(
                    f'{_MAX_TRIES} videos of {self.pool} in a row cannot be '
                    'read; the log names them; copy or convert them again'
                )
            crops = [self._augment(crop) for crop in crops]
        video_id = self.video_ids[self.groups[number][0]]
        return dict(
            inputs=torch.stack(crops), video_ids=torch.tensor(video_id)
        )

    def _read_group(self, members: list[int]) -> list[Tensor] | None:
        """V crops (T, 3, H, W); None if no member can be read."""
        members = list(members)
        while members:
            order = torch.randperm(len(members)).tolist()
            chosen = [members[i] for i in order][: self.num_crops]
            crops: list[Tensor] = []
            for turn, member in enumerate(chosen):
                count = len(range(turn, self.num_crops, len(chosen)))
                try:
                    crops += self._read(member, count)
                except VideoError as error:
                    self._report(member, error)
                    members.remove(member)
                    break
            else:
                return crops
        return None

    def _read(self, number: int, count: int) -> list[Tensor]:
        """`count` crops of a clip, each in its own part of it."""
        places = (torch.arange(count) + torch.rand(count)) / count
        if self.has_one_window:
            places = torch.rand(1).expand(count)
        frames = read_crops(
            self.clips[number],
            places.clamp(max=1 - 1e-6).tolist(),
            self.num_frames,
            self.crop_share,
        )
        return list(torch.from_numpy(frames).permute(0, 1, 4, 2, 3))

    def _augment(self, crop: Tensor) -> Tensor:
        results = dict(clip=crop)
        for transform in self.pipeline:
            results = transform(results)
        return results['clip']

    def _report(self, number: int, error: VideoError) -> None:
        if not self._is_reported[number]:
            self._is_reported[number] = True
            print_log(
                f'{self.clips[number].name} is left out, another video takes '
                f'its place: {error}',
                logger='current',
            )
