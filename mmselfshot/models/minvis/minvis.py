"""MinVIS: trained on frames, tracked at test by its query embeddings.

Source: MinVIS (NeurIPS 2022), Sec. 3.
Ours: prediction is a stream. Frames come in windows of any length, and only
the run lengths of the masks stay (`StreamedTracks`); the published program
keeps the masks of all frames. A video of one-pixel frames has no tracks.
"""

import torch
from mmdet.structures import DetDataSample, TrackDataSample
from mmengine.model import BaseModel
from mmengine.structures import InstanceData
from torch import Tensor

from mmselfshot.models.minvis.streamed_tracks import (
    StreamedTracks,
    empty_tracks,
)
from mmselfshot.registry import MODELS, TASK_UTILS

Size = tuple[int, int]


@MODELS.register_module()
class MinVIS(BaseModel):
    """Video instance segmentation without training on videos.

    Args:
        backbone: Gives features at strides 4, 8, 16, 32.
        head: A `MinVISHead`.
        tracker: Has `reset` and `update`, see `MinVISTracker`.
        test_cfg: Arguments of `StreamedTracks`.
        data_preprocessor: A `mmdet.TrackDataPreprocessor`.
        init_cfg: Of mmengine's BaseModule.
    """

    def __init__(
        self,
        backbone: dict,
        head: dict,
        tracker: dict | None = None,
        test_cfg: dict | None = None,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(
            data_preprocessor=data_preprocessor, init_cfg=init_cfg
        )
        self.backbone = MODELS.build(backbone)
        self.head = MODELS.build(head)
        self.tracker = TASK_UTILS.build(tracker or dict(type='MinVISTracker'))
        self.tracks = StreamedTracks(**(test_cfg or {}))

    def forward(
        self,
        inputs: Tensor,
        data_samples: list[TrackDataSample] | None = None,
        mode: str = 'tensor',
    ) -> dict | list[TrackDataSample] | tuple[Tensor, Tensor, Tensor]:
        """Run one of the modes of mmengine's models.

        Args:
            inputs: (B, T, 3, H, W) float, normalised and padded. In mode
                `tensor` (B, 3, H, W) will do.
            data_samples: B of them; not needed in mode `tensor`.
            mode: `loss`, `predict` or `tensor`.
        """
        if mode == 'loss':
            return self.loss(inputs, data_samples)
        if mode == 'predict':
            return self.predict(inputs, data_samples)
        if mode == 'tensor':
            frames = inputs.flatten(0, 1) if inputs.dim() == 5 else inputs
            return self.predict_frames(frames)
        raise RuntimeError(f'mode is {mode!r}; expected loss, predict, tensor')

    def loss(
        self, inputs: Tensor, data_samples: list[TrackDataSample]
    ) -> dict[str, Tensor]:
        """Losses of the labelled frames.

        Unlabelled frames are not looked at. A batch without any labelled
        frame gives zeros that reach every parameter, so that the ranks of a
        distributed run stay in step.

        Args:
            inputs: (B, T, 3, H, W) float.
            data_samples: B of them, T frames each; a frame's `is_labelled`
                (default True) and `gt_instances` are used.

        Returns:
            See `MinVISHead.loss`.
        """
        frames = inputs.flatten(0, 1)
        samples = [frame for sample in data_samples for frame in sample]
        labelled = [
            index
            for index, sample in enumerate(samples)
            if sample.metainfo.get('is_labelled', True)
        ]
        if not labelled:
            stand_in = _without_objects(samples[0], frames)
            losses = self.head.loss(self.backbone(frames[:1]), [stand_in])
            return {name: loss * 0 for name, loss in losses.items()}
        if len(labelled) < len(samples):
            frames = frames[labelled]
            samples = [samples[index] for index in labelled]
        return self.head.loss(self.backbone(frames), samples)

    def predict_frames(self, frames: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Predict for single frames, without tracking.

        Args:
            frames: (T, 3, H, W) float.

        Returns:
            Class logits (T, Q, K + 1), mask logits (T, Q, h, w) at stride 4,
            embeddings (T, Q, C).
        """
        cls_preds, mask_preds, embeds = self.head(self.backbone(frames))
        return cls_preds[-1], mask_preds[-1], embeds

    def predict(
        self, inputs: Tensor, data_samples: list[TrackDataSample]
    ) -> list[TrackDataSample]:
        """Take in the next window of a video.

        Args:
            inputs: (1, T, 3, H, W) float, T consecutive frames.
            data_samples: One; its frames' `frame_id`, `video_length`,
                `img_shape` and `ori_shape` are used. Frame 0 begins a video.

        Returns:
            `data_samples`. The window that holds the last frame of a video
            carries `pred_tracks`, see `StreamedTracks.finish`.

        Raises:
            ValueError: If the frames do not come one by one, in order.
        """
        if len(data_samples) != 1:
            raise ValueError(
                f'a batch of {len(data_samples)} videos; prediction takes '
                'one at a time, set batch_size=1 in the data loader'
            )
        sample = data_samples[0]
        first, last = sample[0].metainfo, sample[-1].metainfo
        if first['frame_id'] == 0:
            self.start_video()
        if first['frame_id'] != self.num_frames:
            raise ValueError(
                f'frame {first["frame_id"]} of a video came when frame '
                f'{self.num_frames} was expected'
            )
        self.add_frames(inputs[0], first['img_shape'], first['ori_shape'])
        if last['frame_id'] == last['video_length'] - 1:
            sample.pred_tracks = self.finish_video()
        return data_samples

    @property
    def num_frames(self) -> int:
        """Frames of the current video so far."""
        return self.tracks.num_frames + self._num_tiny_frames

    _num_tiny_frames = 0

    def start_video(self) -> None:
        """Forget the last video."""
        self.tracker.reset()
        self.tracks.reset()
        self._num_tiny_frames = 0

    @torch.no_grad()
    def add_frames(
        self, frames: Tensor, img_shape: Size, ori_shape: Size
    ) -> None:
        """Take in the next frames of the video.

        Args:
            frames: (T, 3, H, W) float, normalised and padded.
            img_shape: Height and width without the padding.
            ori_shape: Height and width of the frames as they were read.
        """
        if tuple(ori_shape[:2]) == (1, 1):
            self._num_tiny_frames += len(frames)
            return
        padded_shape = tuple(frames.shape[-2:])
        for logits, masks, embeds in zip(*self.predict_frames(frames)):
            order = self.tracker.update(embeds, logits)
            self.tracks.add(
                logits[order],
                masks[order],
                padded_shape,
                tuple(img_shape[:2]),
                tuple(ori_shape[:2]),
            )

    def finish_video(self) -> InstanceData:
        """The tracks of the video; forgets it.

        Returns:
            See `StreamedTracks.finish`.
        """
        tracks = empty_tracks() if self._num_tiny_frames else None
        tracks = tracks or self.tracks.finish()
        self.start_video()
        return tracks


def _without_objects(sample: DetDataSample, frames: Tensor) -> DetDataSample:
    nothing = InstanceData(
        labels=torch.zeros(0, dtype=torch.int64, device=frames.device),
        masks=frames.new_zeros((0, *frames.shape[-2:])),
    )
    return DetDataSample(metainfo=sample.metainfo, gt_instances=nothing)
