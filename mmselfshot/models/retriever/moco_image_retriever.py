"""A frame encoder trained frame by frame, without time.

Source: Self-Shot VIS (ECCV 2022), Tab. 1, row (d): frame features trained on
with MoCo (CVPR 2020), Eq. (1).
Ours: the views of a frame are two augmentations of it, and one of them is
the key.
Shapes: B frames of as many videos, C channels, H W pixels; L rows of the
queue.
"""

from torch import Tensor

from mmselfshot.models.retriever.clip_pairs import EMPTY
from mmselfshot.models.retriever.loss_modules import MoCoLoss
from mmselfshot.models.retriever.retrieval_losses import clip_cosines
from mmselfshot.models.retriever.retriever import Retriever
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError


@MODELS.register_module()
class MoCoImageRetriever(Retriever):
    """One positive, the other view of the frame, against the queue.

    Its `inputs` are (B, 2, 1, 3, H, W): `PoolClipDataset` with `num_crops=2,
    num_frames=1, has_one_window=True`. The first batch finds the queue empty
    and has no loss.

    Args:
        encoder: Config of a `FrameAverageEncoder` that is not frozen.
        loss: Config of `MoCoLoss`.
        kwargs: See `Retriever`.
    """

    losses = (MoCoLoss,)

    def _losses(self, crops: Tensor, video_ids: Tensor) -> dict[str, Tensor]:
        if crops.shape[1] != 2:
            raise UserError(
                f'{crops.shape[1]} views of each frame; expected 2; set '
                'num_crops of the data set'
            )
        anchors, keys = self._compare(*crops.unbind(1))
        own = clip_cosines(anchors, keys).diagonal()
        queue_ids = self.queue.video_ids
        negative = (queue_ids != EMPTY) & (queue_ids != video_ids[:, None])
        queued = clip_cosines(anchors, self.queue.keys)
        loss = self.loss(own, queued, negative)
        nearest = queued.masked_fill(~negative, -2).amax(1)
        self.queue.push(keys, video_ids)
        return dict(
            loss_retrieval=loss,
            hit_at_1=(own > nearest).float().mean().detach(),
        )
