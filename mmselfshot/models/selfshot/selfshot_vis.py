"""Self-Shot VIS: supports point out what to segment in the query.

Source: Self-Shot VIS (ECCV 2022), Sec. 5 and App. A.3.
Ours: masks in training only of the slots that an instance is matched with,
as no other has a mask loss. A query longer than a window is predicted as a
stream: one window is held, its supports are encoded once.
Shapes: B videos, T frames, n slots of a frame, K supports of S frames, H W
pixels.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from mmdet.structures import TrackDataSample
from mmengine.structures import InstanceData
from torch import Tensor

from mmselfshot.models.selfshot.precision import at_least_float32
from mmselfshot.models.selfshot.selfshot_network import SelfShotNetwork
from mmselfshot.models.selfshot.sequence_losses import FOREGROUND
from mmselfshot.models.selfshot.slot_outputs import matched_pairs
from mmselfshot.models.selfshot.slot_tracks import make_tracks
from mmselfshot.models.selfshot.start_check import (
    check_backbone_file,
    check_fuser_is_used,
)
from mmselfshot.models.selfshot.window_cutter import WindowCutter
from mmselfshot.models.selfshot.window_rules import read_rules
from mmselfshot.models.selfshot.windowed_tracks import (
    SlotWindow,
    WindowedTracks,
)
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError

Inputs = Mapping[str, Tensor | None]
Size = tuple[int, int]


@MODELS.register_module()
class SelfShotVIS(SelfShotNetwork):
    """Segments in a query video what its support videos show.

    Args:
        backbone: Gives features at strides 4, 8 and 16.
        loss: See `SequenceSetLoss`; not needed for prediction.
        cell_loss: See `CellLoss`, without `dims`; None, as in the paper:
            none.
        test_cfg: See `WindowRules`.
        **kwargs: See `SelfShotNetwork`.
    """

    def __init__(
        self,
        backbone: dict,
        loss: dict | None = None,
        cell_loss: dict | None = None,
        test_cfg: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(backbone, **kwargs)
        self.criterion = MODELS.build(loss) if loss else None
        self.cell_loss = None
        if cell_loss:
            dims = self.episode_encoder.dims
            self.cell_loss = MODELS.build({'dims': dims, **cell_loss})
        self.rules = read_rules(test_cfg or {})
        self.cutter = WindowCutter(
            *self.rules.sizes(self.num_frames, self.num_slots)
        )
        self.start_video()

    @staticmethod
    def check_start(cfg: Mapping[str, Any]) -> None:
        """Refuse a training that would not start from what it names.

        Args:
            cfg: A whole config.

        Raises:
            UserError: If the file has no weight of the backbone, or there
                is a fuser and no support.
        """
        check_fuser_is_used(cfg)
        if not cfg.get('load_from'):
            check_backbone_file(cfg['model']['backbone'])

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
            with self.precision(inputs['query']):
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
            See `SequenceSetLoss`; `loss_cell` with a `CellLoss`.
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
        with self.precision(inputs['query']):
            masks = self.segmenter(*decoded, chosen=chosen)
        shape = len(targets), self.num_slots, *masks.shape[1:]
        outputs.masks = masks.new_zeros(shape).index_put(
            tuple(chosen.unbind(1)), masks
        )
        losses = self.criterion(outputs, targets, ignored, slots)
        if self.cell_loss is not None:
            losses['loss_cell'] = self.cell_loss(
                decoded.fused, targets, ignored
            )
        return losses

    @torch.no_grad()
    def predict(
        self,
        inputs: Inputs,
        data_samples: Sequence[TrackDataSample],
    ) -> list[TrackDataSample]:
        """Tracks of the queries, whatever their length.

        Args:
            inputs: See `forward`.
            data_samples: B of them; `ori_shape` is used and, if given,
                `num_frames`, behind which frames are repetitions, and
                `labels`, the first of which all tracks get.

        Returns:
            `data_samples` with `pred_tracks`, see `WindowedTracks.finish`.
        """
        query = inputs['query']
        metas = [sample.metainfo for sample in data_samples]
        num_real = [one.get('num_frames', query.shape[1]) for one in metas]
        labels = [next(iter(one.get('labels', ())), 0) for one in metas]
        if query.shape[1] == self.cutter.length:
            windows = self._predict_window(inputs, num_real)
            for sample, window, label in zip(data_samples, windows, labels):
                sample.pred_tracks = make_tracks(
                    *window[1:3],
                    window.slots,
                    tuple(query.shape[-2:]),
                    tuple(sample.ori_shape[:2]),
                    label,
                    self.rules,
                )
            return list(data_samples)
        assert 'encoded_query' not in inputs, 'it is of one window'
        for video, sample in enumerate(data_samples):
            of_video = {
                name: None if one is None else one[video : video + 1]
                for name, one in inputs.items()
            }
            if isinstance(inputs.get('supports'), list):
                of_video['supports'] = inputs['supports'][video]
            self.start_video(
                of_video.get('supports'), of_video.get('encoded_supports')
            )
            self.add_frames(
                query[video, : num_real[video]],
                query.shape[-2:],
                sample.ori_shape,
            )
            sample.pred_tracks = self.finish_video(labels[video])
        return list(data_samples)

    @torch.no_grad()
    def start_video(
        self, supports: Tensor | None = None, encoded: Tensor | None = None
    ) -> None:
        """Forget the last query; encode the supports of the next one, once.

        Args:
            supports: (1, K, S, 3, H, W) float, normalised; None: none.
            encoded: In their place (1, K, N, C), see `encode_supports`.
        """
        self.cutter.reset()
        self._tracks: WindowedTracks | None = None
        self._encoded = encoded
        if supports is not None and encoded is None and self.has_fuser:
            self._encoded = self.encode_supports(supports)

    @torch.no_grad()
    def add_frames(
        self, frames: Tensor, img_shape: Size, ori_shape: Size
    ) -> None:
        """Take in the next frames of the query, any number of them.

        Args:
            frames: (T, 3, H, W) float, normalised.
            img_shape: H and W.
            ori_shape: Height and width of the frames as they were read.
        """
        if self._tracks is None:
            self._tracks = WindowedTracks(
                self.rules, img_shape[:2], ori_shape[:2]
            )
        for start, window in self.cutter.add(frames):
            self._take(start, window, self.cutter.overlap)

    @torch.no_grad()
    def finish_video(self, label: int = 0) -> InstanceData:
        """The tracks of the query; forgets it.

        Args:
            label: Index of the class that all tracks are given.

        Returns:
            See `WindowedTracks.finish`.
        """
        assert self._tracks is not None, 'no frame was added'
        for start, window in self.cutter.finish():
            self._take(start, window, 0)
        found = self._tracks.finish(label)
        self.start_video()
        return found

    def _take(self, start: int, frames: Tensor, num_held: int) -> None:
        """Predict the window of frames (T, 3, H, W) that begins at `start`."""
        num_real = len(frames)
        missing = self.cutter.length - num_real
        if missing and self.rules.has_repeated_frames:
            again = frames[-1:].expand(missing, -1, -1, -1)
            frames = torch.cat([frames, again])
        inputs = dict(query=frames[None], encoded_supports=self._encoded)
        (found,) = self._predict_window(inputs, [num_real])
        self._tracks.add(found._replace(start=start), num_held)

    def _predict_window(
        self, inputs: Inputs, num_real: Sequence[int]
    ) -> Iterator[SlotWindow]:
        """Strong enough slots of each query, in its real frames."""
        outputs, decoded = self.decode(inputs)
        probs = outputs.logits[-1].float().softmax(-1)[..., FOREGROUND]
        probs = probs.transpose(1, 2)  # (B, n, T)
        for video, length in enumerate(num_real):
            of_video = probs[video, :, :length]
            is_kept = of_video.mean(1) >= self.rules.score_thr
            slots = is_kept.nonzero().flatten()
            with self.precision(probs):
                masks = self.segmenter.predict(
                    *decoded.of_video(video), chosen=matched_pairs([slots])
                )
            masks = at_least_float32(masks)
            embeds = decoded.slots[video, :length].transpose(0, 1)
            embeds = at_least_float32(embeds)
            yield SlotWindow(
                *(0, of_video[slots], masks[:, :length], embeds[slots]),
                slots,
            )
