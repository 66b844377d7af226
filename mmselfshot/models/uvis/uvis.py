"""UVIS: MinVIS trained on the masks and names of nobody.

Source: UVIS (CVPR-W 2024): per-frame training on pseudo labels, MinVIS's
losses, tracking with a memory (`MemoryBankTracker`).
Ours: frames in which no pseudo label was kept are not trained on, since they
say nothing (an object may well be there), and are counted; weights that were
made with mask labels are refused as a start, see `init_check`.
"""

from collections.abc import Mapping
from typing import Any

from mmdet.structures import TrackDataSample
from torch import Tensor

from mmselfshot.models.minvis.minvis import MinVIS
from mmselfshot.models.uvis.init_check import (
    check_start,
    check_weights_source,
    find_pretrained,
)
from mmselfshot.registry import MODELS


@MODELS.register_module()
class UVIS(MinVIS):
    """Video instance segmentation without labels; arguments as of `MinVIS`.

    With a `UVISHead` DropLoss can be switched on. Its checkpoints fit a
    `MinVIS` of the same sizes, and the other way round for prediction.
    """

    def loss(
        self, inputs: Tensor, data_samples: list[TrackDataSample]
    ) -> dict[str, Tensor]:
        """Losses of the frames that have a pseudo label.

        Args:
            inputs: (B, T, 3, H, W) float.
            data_samples: B of them, T frames each.

        Returns:
            See `MinVISHead.loss`; also `skipped_frames`, how many labelled
            frames of the batch were left out for having no instance.
        """
        num_skipped = 0
        for sample in data_samples:
            for frame in sample:
                is_labelled = frame.metainfo.get('is_labelled', True)
                if is_labelled and len(frame.gt_instances) == 0:
                    frame.set_metainfo(dict(is_labelled=False))
                    num_skipped += 1
        losses = super().loss(inputs, data_samples)
        return {**losses, 'skipped_frames': inputs.new_tensor(num_skipped)}

    def init_weights(self) -> None:
        """Fill the weights.

        Raises:
            UserError: If an `init_cfg` names weights made with mask labels.
        """
        for module in self.modules():
            for source in find_pretrained(getattr(module, 'init_cfg', None)):
                check_weights_source(source, 'init_cfg')
        super().init_weights()

    @staticmethod
    def check_start(cfg: Mapping[str, Any]) -> None:
        """Called by tools/train.py before anything is built.

        Raises:
            UserError: See `init_check.check_start`.
        """
        check_start(cfg)
