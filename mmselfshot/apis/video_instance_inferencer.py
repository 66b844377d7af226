"""Predict the tracks of any video with a trained model."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData

from mmselfshot.apis.frame_pipeline import FramePipeline
from mmselfshot.apis.prediction_context import PredictionContext
from mmselfshot.apis.prediction_entries import join_results, make_entries
from mmselfshot.apis.prediction_folder import (
    fingerprint,
    finished_prediction,
    write_prediction,
)
from mmselfshot.apis.prediction_place import check_place, name_apart
from mmselfshot.apis.prediction_progress import FrameLog, Progress
from mmselfshot.apis.video_result import VideoResult
from mmselfshot.registry import MODELS, SCOPE
from mmselfshot.utils import UserError
from mmselfshot.utils.checkpoint import load_weights
from mmselfshot.utils.config_parts import find_dataset, takes_supports
from mmselfshot.utils.devices import find_device
from mmselfshot.utils.hashes import hash_file
from mmselfshot.utils.video_io import (
    FrameFolder,
    Source,
    VideoError,
    find_videos,
)
from mmselfshot.version import __version__
from mmselfshot.visualization.tracks import Track, tracks_from_results

SCORE_THR = 0.3  # ours: what is worth showing to people
RESULTS = 'results.json'  # tracks of all videos


class VideoInstanceInferencer:
    """Video files or folders of frames in; tracks, films and masks out.

    A video is read twice, as a stream: once to predict, once for the film,
    when the tracks and their classes are known. Memory does not grow with
    its length, but for the run lengths of the masks::

        predict = VideoInstanceInferencer('config.py', 'checkpoint.pth')
        for video in predict('my_videos', out_dir='out'):
            print(video.name, len(video.entries))

    Args:
        config: Path of a config, or the config.
        checkpoint: Path of the weights.
        device: As torch names it; None for the GPU if there is one.
        score_thr: Least score of a track, in [0, 1].
        window: Frames that go through the network at once; None for that
            of the config.

    Raises:
        UserError: If the config or checkpoint cannot be used, or they do not
            belong together, or there is no such device; if the model needs
            supports, see `SelfShotInferencer`.
    """

    has_supports = False
    pipeline_type: type[FramePipeline] = FramePipeline

    def __init__(
        self,
        config: str | Path | Config,
        checkpoint: str | Path,
        device: str | None = None,
        score_thr: float = SCORE_THR,
        window: int | None = None,
    ) -> None:
        from mmselfshot.engine.run_config import hash_config, load_config

        if not 0 <= score_thr <= 1:
            raise UserError(f'score_thr={score_thr}; expected 0 to 1')
        if window is not None and window < 1:
            raise UserError(f'window={window}; expected 1 or more')
        cfg = config if isinstance(config, Config) else load_config(config)
        if takes_supports(cfg) and not self.has_supports:
            raise UserError(
                f'{cfg.filename or "the config"} builds {cfg.model.type}, '
                'which segments what supports show; give --pool INDEX, '
                '--supports VIDEOS or --no-supports (in Python '
                'SelfShotInferencer)'
            )
        cfg = self._adapt(cfg, window)
        self.device = find_device(device)
        self.score_thr = score_thr
        self.pipeline = self.pipeline_type(cfg)
        with DefaultScope.overwrite_default_scope(SCOPE):
            self.model = MODELS.build(cfg.model)
        self.window = self._window(window)
        meta = load_weights(self.model, checkpoint)
        self.classes, self.cat_ids = self._class_names(cfg, meta)
        self.model.to(self.device).eval()
        self._origin = f'{hash_config(cfg)} {hash_file(checkpoint)[:16]}'

    def __call__(
        self,
        inputs: str | Path | Sequence[str | Path],
        out_dir: str | Path | None = None,
        film: bool = True,
        masks: bool = True,
        fps: float | None = None,
        show_progress: bool = False,
        report: Callable[[str], None] | None = None,
    ) -> list[VideoResult]:
        """Predict one or many videos.

        With `out_dir`, each video gets a folder there, see
        `prediction_folder`, and `results.json` has the tracks of all. Videos
        that an earlier call with the same config, checkpoint and options
        finished are kept.

        Args:
            inputs: A video file, a folder of frames, a folder of videos, or
                several of these.
            out_dir: Where to write.
            film: Write films.
            masks: Write palette pictures.
            fps: Rate of folders of frames; None for 6.
            show_progress: Show a bar on stderr.
            report: Gets a line when something needs saying.

        Returns:
            One entry per video, in order. A video that cannot be read has an
            `error`; the others are done all the same.

        Raises:
            UserError: If there is nothing to read or no place to write; if
                the only video cannot be read.
        """
        many = [inputs] if isinstance(inputs, (str, Path)) else list(inputs)
        sources = [one for path in many for one in find_videos(path, fps)]
        name_apart(sources)
        out_dir = None if out_dir is None else Path(out_dir)
        if out_dir is not None:
            check_place(out_dir, many)
        results = []
        with Progress(sources, show_progress, report) as progress:
            for video_id, source in enumerate(sources, 1):
                progress.begin(video_id, source)
                folder = out_dir / source.name if out_dir else None
                results.append(
                    self._predict_source(
                        source, video_id, folder, film, masks, progress
                    )
                )
        failed = [one for one in results if one.error]
        if failed and len(results) == 1:
            raise VideoError(failed[0].error)
        if out_dir is not None:
            done = [
                (one.video_id, one.folder) for one in results if one.folder
            ]
            join_results(done, out_dir / RESULTS)
        return results

    def predict_tracks(
        self, images: Iterable[np.ndarray]
    ) -> tuple[InstanceData, tuple[int, int]]:
        """The model's own answer for one video, nothing left out.

        Args:
            images: (H, W, 3) uint8 RGB each, all of one size.

        Returns:
            The tracks, see `StreamedTracks.finish`, and the size (H, W).

        Raises:
            ValueError: If there is no image.
        """
        size = None
        first = 0
        self.model.start_video()
        for window in take_windows(images, self.window):
            size = size or window[0].shape[:2]
            packed = self.pipeline(window, first)
            data = self.model.data_preprocessor(
                {
                    'inputs': [packed['inputs']],
                    'data_samples': [packed['data_samples']],
                }
            )
            meta = packed['data_samples'][0].metainfo
            self.model.add_frames(
                data['inputs'][0], meta['img_shape'], meta['ori_shape']
            )
            first += len(window)
        if size is None:
            raise ValueError('a video without frames has no tracks')
        return self.model.finish_video(), size

    def predict_video(
        self, images: Iterable[np.ndarray], **context: Any
    ) -> list[Track]:
        """The tracks of one video for people.

        Weak and duplicate tracks are left out, and every pixel belongs to
        one track at most, see `tracks_from_results`.

        Args:
            images: (H, W, 3) uint8 RGB each, all of one size.
            context: What `predict_tracks` takes beside them.

        Returns:
            By falling score, numbered from 1.
        """
        found, size = self.predict_tracks(images, **context)
        labels = found.labels.tolist()
        rows = [
            {'score': score, 'category_id': label, 'segmentations': masks}
            for score, label, masks in zip(
                found.scores.tolist(), labels, found.segmentations
            )
        ]
        names = {label: self._name(label) for label in labels}
        tracks = tracks_from_results(rows, names, size, self.score_thr)
        for track in tracks:
            track.category_id = self._cat_id(track.category_id)
        return tracks

    def _predict_source(
        self,
        source: Source,
        video_id: int,
        folder: Path | None,
        film: bool,
        masks: bool,
        progress: 'Progress',
    ) -> VideoResult:
        result = VideoResult(video_id, source.name, source.path)
        key = (
            f'{self._origin} {fingerprint(source)} {self.score_thr} '
            f'{film} {masks} {__version__}{self._more_origin()}'
        )
        if isinstance(source, FrameFolder):  # a file knows its own rate
            key += f' {float(source.fps)}'
        found = finished_prediction(folder) if folder else None
        if (
            found
            and found.get('made_from') == key
            and not self._has_changed(found)
        ):
            progress.skip(source)
            result.folder, result.is_reused = folder, True
            result.num_frames = len(found['frame_names'])
            return result
        if found is not None:
            progress.say(
                f'{folder} was made with another config, checkpoint, video, '
                'supports or options; it is made anew'
            )
        log = FrameLog()
        try:
            more = self._find_context(source, progress)
            tracks = self.predict_video(
                log.watch(source, progress), **more.context
            )
            result.num_frames = len(log.names)
            if log.num_missing:
                progress.say(
                    f'{source.path} promises {log.promised} frames, '
                    f'{len(log.names)} could be read; it may be cut off'
                )
            if folder is None:
                result._entries = make_entries(
                    tracks, video_id, source.name, more.of_entries
                )
                return result
            description = log.describe(source, key) | more.of_video
            progress.note('film')
            # it tells of what was here before
            (folder.parent / RESULTS).unlink(missing_ok=True)
            write_prediction(
                *(folder, source, tracks, description, video_id),
                *(film, masks, more.of_entries, more.write),
            )
            result.folder = folder
        except VideoError as error:
            result.error = str(error)
        return result

    def _adapt(self, cfg: Config, window: int | None) -> Config:
        """The config that is built."""
        return cfg

    def _window(self, window: int | None) -> int:
        """Frames that are given to the model at once."""
        return window or self.pipeline.window

    def _class_names(
        self, cfg: Config, meta: dict[str, Any]
    ) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Names and category ids."""
        return _class_names(cfg, meta)

    def _find_context(
        self, source: Source, progress: Progress
    ) -> PredictionContext:
        """What the prediction of a video needs and shows beside it."""
        return PredictionContext()

    def _more_origin(self) -> str:
        """What else tells predictions apart."""
        return ''

    def _has_changed(self, found: dict[str, Any]) -> bool:
        """Whether a finished prediction rests on what has changed."""
        return False

    def _name(self, label: int) -> str:
        if label < len(self.classes):
            return self.classes[label]
        return f'class {label + 1}'

    def _cat_id(self, label: int) -> int:
        return self.cat_ids[label] if label < len(self.cat_ids) else label + 1


def take_windows(
    images: Iterable[np.ndarray], size: int
) -> Iterator[list[np.ndarray]]:
    """Lists of `size` images each, the last one maybe shorter."""
    window = []
    for image in images:
        window.append(image)
        if len(window) == size:
            yield window
            window = []
    if window:
        yield window


def _class_names(
    cfg: Config, meta: dict[str, Any]
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Names and category ids, from the checkpoint, else from the config."""
    from mmselfshot.datasets.class_names import resolve_class_names

    found = meta.get('dataset_meta') or {}
    classes = found.get('classes')
    if not classes:
        classes = resolve_class_names(find_dataset(cfg, 'test').get('classes'))
    classes = tuple(classes or ())
    cat_ids = found.get('cat_ids') or range(1, len(classes) + 1)
    return classes, tuple(int(one) for one in cat_ids)
