"""CutLER's detector, fed by the clips of our data sets.

Source: CutLER (CVPR 2023), Sec. 3.3: a Cascade Mask R-CNN that knows one
class, object.
"""

from mmdet.models.detectors import CascadeRCNN
from mmdet.structures import DetDataSample, TrackDataSample
from torch import Tensor

from mmselfshot.registry import MODELS

Samples = list[DetDataSample] | list[TrackDataSample]


@MODELS.register_module()
class CutLERDetector(CascadeRCNN):
    """mmdet's Cascade R-CNN that also takes clips, as single frames.

    Args:
        kwargs: See mmdet's `TwoStageDetector`.
    """

    def forward(
        self,
        inputs: Tensor,
        data_samples: Samples | None = None,
        mode: str = 'tensor',
    ) -> dict | Samples | tuple:
        """Run one of the modes of mmengine's models.

        Args:
            inputs: (B, T, 3, H, W) or (B, 3, H, W) float, normalised and
                padded.
            data_samples: B clips of T frames, or B frames. Frames that are
                not labelled give no loss.
            mode: `loss`, `predict` or `tensor`.

        Returns:
            In mode `predict` the data samples; each frame has
            `pred_instances`: `bboxes`, `scores`, `labels` (all 0), `masks`
            at the frame's own size.
        """
        if inputs.dim() == 4:
            return super().forward(inputs, data_samples, mode)
        inputs = inputs.flatten(0, 1)
        frames = None
        if data_samples is not None:
            frames = [frame for clip in data_samples for frame in clip]
        if mode == 'loss':
            return self._loss_of_labelled(inputs, frames)
        output = super().forward(inputs, frames, mode)
        return data_samples if mode == 'predict' else output

    def _loss_of_labelled(
        self, inputs: Tensor, frames: list[DetDataSample]
    ) -> dict[str, Tensor]:
        """A batch without a labelled frame gives zeros with their graph."""
        labelled = [
            index
            for index, frame in enumerate(frames)
            if frame.metainfo.get('is_labelled', True)
        ]
        chosen = labelled or [0]
        losses = self.loss(inputs[chosen], [frames[i] for i in chosen])
        if labelled:
            return losses
        return {
            name: [part * 0 for part in loss]
            if isinstance(loss, list)
            else loss * 0
            for name, loss in losses.items()
        }
