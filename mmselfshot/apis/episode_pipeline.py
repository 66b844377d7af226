"""The test pipeline of a Self-Shot config, run on a query in memory."""

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.config import Config

from mmselfshot.apis.frame_pipeline import FramePipeline
from mmselfshot.datasets.coco_episode_dataset import CocoEpisodeDataset
from mmselfshot.datasets.episode_dataset import EpisodeDataset
from mmselfshot.datasets.episode_form import to_clip
from mmselfshot.datasets.episode_frames import support_numbers
from mmselfshot.datasets.pool_clip import ClipReader, PoolClip
from mmselfshot.registry import DATASETS
from mmselfshot.utils import UserError
from mmselfshot.utils.config_parts import find_dataset


class EpisodePipeline(FramePipeline):
    """All steps of `test_dataloader.dataset.pipeline`.

    Frames and supports enter the network as they do in tools/test.py. One
    thing is cheaper here: where all supports are still, each has one frame,
    while a test repeats it S times.

    Args:
        cfg: Of a run with an `EpisodeDataset`.

    Raises:
        UserError: If the config has no test pipeline of episodes.
    """

    def __init__(self, cfg: Config) -> None:
        super().__init__(cfg)
        self.support_frames = _support_frames(cfg)

    def read_supports(self, clips: Sequence[PoolClip]) -> list[np.ndarray]:
        """Read S frames of each, taken uniformly.

        One with fewer frames goes on with its last one; where all are still
        images, S is 1.

        Args:
            clips: K of them.

        Returns:
            K times (S, H, W, 3) uint8 RGB.

        Raises:
            VideoError: If one cannot be read.
        """
        readers = [ClipReader(clip) for clip in clips]
        length = self.support_frames
        if all(len(one.numbers) == 1 for one in readers):
            length = 1
        return [
            one.pick(support_numbers(one.numbers, length)) for one in readers
        ]

    def __call__(
        self,
        images: Sequence[np.ndarray],
        supports: Sequence[np.ndarray] = (),
        names: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Prepare consecutive frames of a query, and supports.

        Args:
            images: T of (H, W, 3) uint8 RGB, one size.
            supports: K times (S, H', W', 3) uint8 RGB.
            names: K, of the supports.

        Returns:
            `inputs` and `data_samples`, see `PackEpisode`.

        Raises:
            UserError: If supports differ in size from the query and the
                pipeline does not resize.
        """
        results: Any = {
            'query': to_clip(np.stack(images)),
            'supports': [to_clip(one) for one in supports],
            'masks': None,
            'ignored_mask': None,
            'meta': {
                'ori_shape': images[0].shape[:2],
                'num_frames': len(images),
                'support_names': list(names),
            },
        }
        for step in self.steps:
            results = step(results)
        return results


def _support_frames(cfg: Config) -> int:
    """S of the episodes of a test."""
    dataset = find_dataset(cfg, 'test')
    kind = DATASETS.get(dataset['type'])
    if not (inspect.isclass(kind) and issubclass(kind, EpisodeDataset)):
        raise UserError(
            f'{cfg.filename or "the config"} has a test_dataloader.dataset of '
            f'type {dataset["type"]}, expected an EpisodeDataset; give the '
            'config that the checkpoint was trained with'
        )
    is_one = dataset.get('support_mode') == 'middle_frame'
    if is_one or issubclass(kind, CocoEpisodeDataset):
        return 1
    default = inspect.signature(EpisodeDataset).parameters['support_frames']
    return int(dataset.get('support_frames', default.default))
