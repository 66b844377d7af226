"""Predict any video with a trained SelfShotVIS and its supports."""

import copy
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.structures import InstanceData
from torch import Tensor

from mmselfshot.apis.episode_pipeline import EpisodePipeline
from mmselfshot.apis.prediction_context import PredictionContext
from mmselfshot.apis.prediction_folder import SUPPORTS_FILE
from mmselfshot.apis.prediction_progress import Progress
from mmselfshot.apis.query_supports import (
    NUM_SUPPORTS,
    QuerySupport,
    QuerySupports,
)
from mmselfshot.apis.video_instance_inferencer import (
    VideoInstanceInferencer,
    take_windows,
)
from mmselfshot.apis.video_result import VideoResult
from mmselfshot.datasets.pool_clip import PoolClip
from mmselfshot.utils import UserError
from mmselfshot.utils.config_parts import takes_supports
from mmselfshot.utils.video_io import Source

CACHE_BYTES = 2**29  # of encoded supports, over the videos of a call


class SelfShotInferencer(VideoInstanceInferencer):
    """Query videos and supports in; tracks, films and masks out.

    A query is decoded window by window, and supports are encoded once::

        supports = QuerySupports(['cat.mp4'], pool='pool_index')
        predict = SelfShotInferencer('config.py', 'checkpoint.pth', supports)
        for video in predict('my_videos', out_dir='out'):
            print(video.name, len(video.entries))

    Args:
        config: Path of a config of `SelfShotVIS`, or the config.
        checkpoint: Path of the weights.
        supports: Chooses those of each video; None: no video has any.
        window: Frames of a window, see `WindowRules`.
        kwargs: Of `VideoInstanceInferencer`.

    Raises:
        UserError: See `VideoInstanceInferencer`; if the model takes no
            supports.
    """

    has_supports = True
    pipeline_type = EpisodePipeline

    def __init__(
        self,
        config: str | Path | Config,
        checkpoint: str | Path,
        supports: QuerySupports | None = None,
        window: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.supports = supports or QuerySupports()
        self._packed: tuple[Any, Tensor | None] | None = None
        super().__init__(config, checkpoint, window=window, **kwargs)
        self._check_fuser()

    def __call__(self, *args: Any, **kwargs: Any) -> list[VideoResult]:
        """See `VideoInstanceInferencer`; the pool is listed once a call.

        Supports are read again, too: they may have changed.
        """
        self.supports.forget_pool()
        self._packed = None
        return super().__call__(*args, **kwargs)

    def predict_tracks(
        self,
        images: Iterable[np.ndarray],
        supports: Sequence[PoolClip] = (),
    ) -> tuple[InstanceData, tuple[int, int]]:
        """The model's own answer for one query, nothing left out.

        Args:
            images: (H, W, 3) uint8 RGB each, all of one size.
            supports: Videos or parts of videos, K of them.

        Returns:
            The tracks, see `WindowedTracks.finish`, and the size (H, W).

        Raises:
            ValueError: If there is no image.
            VideoError: If a support cannot be read.
        """
        size = None
        for window in take_windows(images, self.window):
            if size is None:
                size = window[0].shape[:2]
                self.model.start_video(self._pack(window[0], supports))
            packed = self.pipeline(window)
            query, _ = self._normalise(packed)
            shape = packed['data_samples'].img_shape
            self.model.add_frames(query[0], shape, size)
        if size is None:
            raise ValueError('a video without frames has no tracks')
        return self.model.finish_video(), size

    def _pack(
        self, image: np.ndarray, supports: Sequence[PoolClip]
    ) -> Tensor | None:
        """(1, K, S, 3, h, w), kept for a query with the same supports."""
        key = image.shape, tuple(supports)
        if self._packed is None or self._packed[0] != key:
            names = [clip.name for clip in supports]
            clips = self.pipeline.read_supports(supports)
            packed = self.pipeline([image], clips, names)
            self._packed = key, self._normalise(packed)[1]
        return self._packed[1]

    def _normalise(self, packed: dict) -> tuple[Tensor, Tensor | None]:
        inputs = packed['inputs']
        data = self.model.data_preprocessor(
            {'inputs': {name: [one] for name, one in inputs.items()}}
        )
        return data['inputs']['query'], data['inputs']['supports']

    def _adapt(self, cfg: Config, window: int | None) -> Config:
        check_takes_supports(cfg)
        cfg = copy.deepcopy(cfg)
        encoding = cfg.model.get('support_encoding', 'separate')
        if encoding == 'separate' and not cfg.model.get('support_cache'):
            cfg.model.support_cache = dict(max_bytes=CACHE_BYTES)
        if window is not None:
            rules = dict(cfg.model.get('test_cfg') or {}, window=window)
            cfg.model.test_cfg = rules
        return cfg

    def _window(self, window: int | None) -> int:
        return self.model.cutter.length - self.model.cutter.overlap

    def _class_names(
        self, cfg: Config, meta: dict[str, Any]
    ) -> tuple[tuple[str, ...], tuple[int, ...]]:
        return ('object',), (1,)  # whatever kind the supports show

    def _find_context(
        self, source: Source, progress: Progress
    ) -> PredictionContext:
        chosen = self.supports(source.path, progress.say)
        used = chosen.used
        if used or not self.supports.has_pool:  # else that is said already
            said = ', '.join(map(str, used)) or 'none'
            progress.say(f'{source.name}: supports {said}')
        return PredictionContext(
            {'supports': [one.clip for one in used]},
            {'supports': [one.clip.name for one in used]},
            {
                'supports': [one.describe() for one in used],
                'supports_left_out': chosen.left_out,
            },
            lambda folder: _write_page(folder / SUPPORTS_FILE, source, used),
        )

    def _check_fuser(self) -> None:
        wants = self.supports.has_pool or self.supports.given
        if wants and not self.model.has_fuser:
            raise UserError(
                f'the {type(self.model).__name__} of the config has no fuser, '
                'and supports would change nothing; choose a config with '
                'fuser.num_layers of 1 or more, or give --no-supports'
            )

    def _more_origin(self) -> str:
        return f' {self.supports.key}'

    def _has_changed(self, found: dict[str, Any]) -> bool:
        return self.supports.has_changed(
            found.get('supports', ()), found.get('supports_left_out', ())
        )


def make_inferencer(
    config: str | Path,
    checkpoint: str | Path,
    given: Sequence[str] = (),
    pool: str | None = None,
    num_found: int = NUM_SUPPORTS,
    encoder: Sequence[str] | None = None,
    pool_videos: str | None = None,
    no_supports: bool = False,
    device: str | None = None,
    **kwargs: Any,
) -> VideoInstanceInferencer:
    """The inferencer that fits a config, as `tools/predict.py` takes it.

    Args:
        config: Path of a config.
        checkpoint: Path of the weights.
        given: See `QuerySupports`; so are pool, num_found, pool_videos and
            device.
        encoder: Path of a config with `model.encoder`, and checkpoint.
        no_supports: Whether a model that takes supports does without.
        kwargs: Of the inferencer.

    Raises:
        UserError: If options contradict each other or do not fit the model.
    """
    from mmselfshot.engine.run_config import load_config

    kwargs = dict(kwargs, device=device)
    is_any = bool(given) or pool is not None
    if is_any and no_supports:
        raise UserError(
            '--no-supports with --supports or --pool; leave out one of them'
        )
    if pool is None and (encoder or pool_videos):
        raise UserError(
            '--encoder and --pool-videos belong to --pool INDEX; give it too'
        )
    if not is_any and not no_supports:
        return VideoInstanceInferencer(config, checkpoint, **kwargs)
    cfg = load_config(config)
    check_takes_supports(cfg)  # before an encoder is built
    if encoder is not None:
        encoder = load_config(encoder[0]), encoder[1]
    supports = QuerySupports(
        given, pool, num_found, encoder, pool_videos, device
    )
    return SelfShotInferencer(cfg, checkpoint, supports, **kwargs)


def check_takes_supports(cfg: Config) -> None:
    """Raise a UserError if the model of a config takes no supports."""
    if not takes_supports(cfg):
        name = (cfg.get('model') or {}).get('type', 'no model')
        raise UserError(
            f'{cfg.filename or "the config"} builds {name}, which takes no '
            'supports; leave out --pool, --supports and --no-supports, or '
            'give a config of SelfShotVIS'
        )


def _write_page(
    path: Path, source: Source, supports: Sequence[QuerySupport]
) -> None:
    """A page with pictures of the query and its supports."""
    from mmselfshot.apis.search_sheet import strip_of
    from mmselfshot.visualization.page import Page

    page = Page(f'Supports of {source.name}')
    clip = PoolClip(source.name, source.path, source.name)
    shown = [('query', clip)]
    shown += [
        (f'{number}. {one}', one.clip)
        for number, one in enumerate(supports, 1)
    ]
    for caption, one in shown:
        strip = strip_of(one)
        if strip is None:
            page.add_text(f'{caption}: cannot be read any more')
        else:
            page.add_image(strip, caption)
    page.write(path)
