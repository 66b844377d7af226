"""Self-Shot VIS: supports point out what to segment in the query.

Source: Self-Shot VIS (ECCV 2022), Sec. 5 and App. A.3.
Ours: masks in training only of the slots that an instance is matched with,
as no other has a mask loss.
Shapes: B videos, T frames, n slots of a frame, K supports of S frames, H W
pixels.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmdet.structures import TrackDataSample
from torch import Tensor

from mmselfshot.models.selfshot.selfshot_network import SelfShotNetwork
from mmselfshot.models.selfshot.sequence_losses import FOREGROUND
from mmselfshot.models.selfshot.slot_outputs import matched_pairs
from mmselfshot.models.selfshot.slot_tracks import FRAME_THR, make_tracks
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError

Inputs = Mapping[str, Tensor | None]


@MODELS.register_module()
class SelfShotVIS(SelfShotNetwork):
    """Segments in a query video what its support videos show.

    Args:
        backbone: Gives features at strides 4, 8 and 16.
        loss: See `SequenceSetLoss`; not needed for prediction.
        test_cfg: `score_thr`, weaker slots are not segmented (0: all are);
            `frame_thr`, see `make_tracks`.
        **kwargs: See `SelfShotNetwork`.
    """

    def __init__(
        self,
        backbone: dict,
        loss: dict | None = None,
        test_cfg: Mapping[str, float] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(backbone, **kwargs)
        self.criterion = MODELS.build(loss) if loss else None
        self.test_cfg = dict(score_thr=0.0, frame_thr=FRAME_THR)
        self.test_cfg.update(test_cfg or {})

    def forward(
        self,
        inputs: Inputs,
        data_samples: Sequence[TrackDataSample] | None = None,
        mode: str = 'tensor',
    ) -> Any:
        """Run one of the modes of mmengine's models.

        Args:
            inputs: `query` and `supports`, see `decode`.
            data_samples: B of them; not needed in mode `tensor`.
            mode: `loss`, `predict` or `tensor`, the slots with all masks.
        """
        if mode == 'loss':
            return self.loss(inputs, data_samples)
        if mode == 'predict':
            return self.predict(inputs, data_samples)
        if mode == 'tensor':
            outputs, decoded = self.decode(inputs)
            outputs.masks = self.segmenter(*decoded)
            return outputs
        raise RuntimeError(f'mode is {mode!r}; expected loss, predict, tensor')

    def loss(
        self,
        inputs: Inputs,
        data_samples: Sequence[TrackDataSample],
    ) -> dict[str, Tensor]:
        """Losses of a batch.

        Args:
            inputs: See `forward`.
            data_samples: B of them, with `gt_sequences` and maybe
                `ignored_mask`.

        Returns:
            See `SequenceSetLoss`.
        """
        if self.criterion is None:
            raise UserError('training without model.loss in the config')
        targets = [one.gt_sequences for one in data_samples]
        ignored = [one.get('ignored_mask') for one in data_samples]
        outputs, decoded = self.decode(inputs)
        slots = self.criterion.match(
            outputs.logits[-1], outputs.boxes[-1], targets
        )
        chosen = matched_pairs(slots)
        if not len(chosen):  # keeps the segmenter in the graph
            chosen = chosen.new_zeros((1, 2))
        masks = self.segmenter(*decoded, chosen=chosen)
        shape = len(targets), self.num_slots, *masks.shape[1:]
        outputs.masks = masks.new_zeros(shape).index_put(
            tuple(chosen.unbind(1)), masks
        )
        return self.criterion(outputs, targets, ignored, slots)

    @torch.no_grad()
    def predict(
        self,
        inputs: Inputs,
        data_samples: Sequence[TrackDataSample],
    ) -> list[TrackDataSample]:
        """Tracks of the queries.

        Args:
            inputs: See `forward`.
            data_samples: B of them; `ori_shape` is used and, if given,
                `num_frames`, behind which frames are repetitions, and
                `labels`, the first of which all tracks get.

        Returns:
            `data_samples` with `pred_tracks`, see `make_tracks`.
        """
        outputs, decoded = self.decode(inputs)
        probs = outputs.logits[-1].float().softmax(-1)[..., FOREGROUND]
        probs = probs.transpose(1, 2)  # (B, n, T)
        for video, sample in enumerate(data_samples):
            meta = sample.metainfo
            num_real = meta.get('num_frames', probs.shape[-1])
            of_video = probs[video, :, :num_real]
            is_kept = of_video.mean(1) >= self.test_cfg['score_thr']
            slots = is_kept.nonzero().flatten()
            masks = self.segmenter.predict(
                *decoded.of_video(video), chosen=matched_pairs([slots])
            )
            sample.pred_tracks = make_tracks(
                of_video[slots],
                masks[:, :num_real],
                slots,
                tuple(inputs['query'].shape[-2:]),
                tuple(meta['ori_shape'][:2]),
                next(iter(meta.get('labels', ())), 0),
                self.test_cfg['frame_thr'],
            )
        return list(data_samples)
