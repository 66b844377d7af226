"""The test pipeline of a config, run on frames that are in memory."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.config import Config

from mmselfshot.registry import SCOPE, TRANSFORMS
from mmselfshot.utils import UserError
from mmselfshot.utils.config_parts import find_dataset

_LOADERS = ('LoadFrames', 'LoadFrameAnnotations')


class FramePipeline:
    """All steps of `test_dataloader.dataset.pipeline` but the loading.

    The very transforms of the config run, so a frame enters the network as
    it does in tools/test.py.

    Args:
        cfg: Of a run.

    Raises:
        UserError: If the config has no test pipeline.
    """

    def __init__(self, cfg: Config) -> None:
        from mmengine.registry import DefaultScope

        dataset = find_dataset(cfg, 'test')
        if not dataset.get('pipeline'):
            raise UserError(
                f'{cfg.filename or "the config"} has no '
                'test_dataloader.dataset.pipeline; give the config that the '
                'checkpoint was trained with'
            )
        self.window = int(dataset.get('window') or 1)
        with DefaultScope.overwrite_default_scope(SCOPE):
            self.steps = [
                TRANSFORMS.build(step)
                for step in dataset['pipeline']
                if step['type'].rpartition('.')[2] not in _LOADERS
            ]

    def __call__(
        self, images: Sequence[np.ndarray], first: int = 0
    ) -> dict[str, Any]:
        """Prepare consecutive frames of one video.

        Args:
            images: T of (H, W, 3) uint8 RGB, one size.
            first: Index of the first one in its video.

        Returns:
            `inputs` and `data_samples`, see `PackClipInputs`.
        """
        count = len(images)
        shapes = [image.shape[:2] for image in images]
        results: Any = {
            'img': list(images),
            'img_path': [''] * count,
            'ori_shape': list(shapes),
            'img_shape': list(shapes),
            'height': [height for height, _ in shapes],
            'width': [width for _, width in shapes],
            'video_id': [1] * count,
            'frame_id': [first + index for index in range(count)],
            'video_length': [first + count] * count,
            'is_labelled': [False] * count,
        }
        for step in self.steps:
            results = step(results)
        return results
