"""The retriever: clips of one video near each other, others far away.

Source: Self-Shot VIS (ECCV 2022), Sec. 4, Eq. (1) to (3): an encoder Phi, its
moving average, which makes the keys, and a memory queue of 1280 keys.
Ours: the head (see `projected_encoder`) and m = 0.999, MoCo's; the paper
gives neither.
Shapes: B videos, V temporal crops of each, T frames, C channels, H W pixels;
N = B * V clips, K keys of all ranks, L rows of the queue.
"""

from contextlib import nullcontext

import torch
from mmengine.config import Config
from mmengine.model import BaseModel
from torch import Tensor

from mmselfshot.models.retriever.clip_pairs import pair_clips
from mmselfshot.models.retriever.clip_vectors import mean_direction
from mmselfshot.models.retriever.encoders import ClipEncoder
from mmselfshot.models.retriever.gather_rows import gather_rows
from mmselfshot.models.retriever.loss_modules import MILNCELoss, RankingLoss
from mmselfshot.models.retriever.memory_queue import MemoryQueue
from mmselfshot.models.retriever.momentum import MomentumEncoder
from mmselfshot.models.retriever.projected_encoder import (
    ProjectedEncoder,
    projection_head,
)
from mmselfshot.models.retriever.retrieval_losses import clip_cosines
from mmselfshot.registry import MODELS
from mmselfshot.utils import UserError


@MODELS.register_module()
class Retriever(BaseModel):
    """An encoder of clips, and what trains it without labels.

    Training needs `MomentumHook`, which moves the average after each step of
    the optimizer. Queue and average are saved with the model, so that a
    resumed training goes on exactly.

    Attributes:
        encoder: The trunk, a `ClipEncoder`; search uses its vectors.

    Args:
        encoder: Config of a `ClipEncoder`.
        loss: Config of `MILNCELoss` or `RankingLoss`; None for an encoder
            that is used as it is.
        head_dims: Channels that the loss sees.
        queue_length: L.
        momentum: m of the moving average, at the start.
        num_updates: None for a constant m, else the updates after which it
            is 1, see `MomentumEncoder`.
        use_bfloat16: Whether the networks compute in bfloat16 in training,
            which halves the time also on a CPU that knows it.
        data_preprocessor: See `mmengine.model.BaseModel`.
        init_cfg: See `mmengine.model.BaseModule`.

    Raises:
        UserError: If the loss is of another retriever, or the encoder has
            nothing to train.
    """

    losses = (MILNCELoss, RankingLoss)

    def __init__(
        self,
        encoder: dict,
        loss: dict | None = None,
        head_dims: int = 256,
        queue_length: int = 1280,
        momentum: float = 0.999,
        num_updates: int | None = None,
        use_bfloat16: bool = False,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(data_preprocessor, init_cfg)
        self.encoder: ClipEncoder = MODELS.build(encoder)
        self.use_bfloat16 = use_bfloat16
        self.loss = None
        if loss is not None:
            self.loss = MODELS.build(loss)
            self._check_parts()
            self.head = projection_head(self.encoder.num_channels, head_dims)
            self.momentum = MomentumEncoder(
                self._online(), momentum, num_updates
            )
            self.queue = MemoryQueue(queue_length, head_dims)

    def _check_parts(self) -> None:
        if not isinstance(self.loss, self.losses):
            names = ', '.join(one.__name__ for one in self.losses)
            raise UserError(
                f'{type(self).__name__} has loss={type(self.loss).__name__}; '
                f'expected one of {names}'
            )
        if not any(one.requires_grad for one in self.encoder.parameters()):
            raise UserError(
                f'{type(self.encoder).__name__} has nothing to train; set '
                'its is_frozen=False, or leave the loss out'
            )

    @staticmethod
    def check_start(cfg: Config) -> None:
        """Refuse a training that can not succeed.

        Raises:
            UserError: If there is no loss, or nothing moves the average.
        """
        if cfg.model.get('loss') is None:
            raise UserError(
                f'{cfg.filename} has no model.loss: its encoder is used as '
                'it is, without training; choose a retriever_*.py config'
            )
        hooks = [hook['type'] for hook in cfg.get('custom_hooks') or []]
        if 'MomentumHook' not in hooks:
            raise UserError(
                f'{cfg.filename} has no MomentumHook in custom_hooks, so the '
                "keys would never learn; add dict(type='MomentumHook')"
            )

    def init_weights(self) -> None:
        """Fill the weights; the average starts from the same."""
        super().init_weights()
        if self.loss is not None:
            self.momentum.average.load_state_dict(self._online().state_dict())

    def move_average(self) -> None:
        """Once after each step of the optimizer."""
        self.momentum.update(self._online())

    def forward(
        self,
        inputs: Tensor,
        video_ids: Tensor | None = None,
        mode: str = 'tensor',
    ) -> Tensor | dict[str, Tensor]:
        """Learn from crops, or describe clips.

        Args:
            inputs: (B, V, T, 3, H, W) uint8 or float, RGB in [0, 255]; for
                'tensor' also (B, T, 3, H, W).
            video_ids: (B,) int64, at least 0, equal for crops of one video;
                for 'loss' only.
            mode: 'loss', 'predict' or 'tensor'.

        Returns:
            loss: `loss_retrieval`, and `hit_at_1`, the share of clips whose
            nearest candidate is of their video. predict: (B, C) float, unit
            length, the mean direction of the V crops. tensor: (B, V, C), or
            (B, C), float, the trunk's vectors.

        Raises:
            UserError: If 'loss' is asked for and there is none, or the crops
                do not fit it.
        """
        if mode == 'loss':
            if self.loss is None:
                raise UserError(
                    'model.loss is None: this retriever is not trained; '
                    'choose a config with a loss'
                )
            return self._losses(inputs, video_ids)
        assert mode != 'predict' or inputs.ndim == 6, inputs.shape
        vectors = self.encoder(inputs.flatten(0, -5).float())
        vectors = vectors.unflatten(0, inputs.shape[:-4])
        return mean_direction(vectors) if mode == 'predict' else vectors

    def _losses(self, crops: Tensor, video_ids: Tensor) -> dict[str, Tensor]:
        num_crops = crops.shape[1]
        if num_crops < 2:
            raise UserError(
                f'{num_crops} crop of each video; expected 2 or more, since '
                'the other crops are the positives; set num_crops of the '
                'data set'
            )
        video_ids = video_ids.repeat_interleave(num_crops)
        clips = crops.flatten(0, 1)
        anchors, keys = self._compare(clips, clips)
        all_keys, first = gather_rows(keys)
        key_ids, _ = gather_rows(video_ids)
        own = first + torch.arange(len(keys), device=keys.device)
        positive, negative = pair_clips(
            video_ids, key_ids, self.queue.video_ids, own
        )
        sim = clip_cosines(anchors, torch.cat([all_keys, self.queue.keys]))
        loss = self.loss(sim, positive, negative, own)
        self.queue.push(keys, video_ids)
        return dict(
            loss_retrieval=loss, hit_at_1=hit_at_1(sim, positive, negative)
        )

    def _compare(self, clips: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
        """Anchors of clips and keys of others, (N, D) float each.

        Clips and others are (N, T, 3, H, W), uint8 or float.
        """
        with (
            torch.autocast(clips.device.type, torch.bfloat16)
            if self.use_bfloat16
            else nullcontext()
        ):
            anchors = self._online()(clips.float())
            keys = self.momentum(others.float())
        return anchors.float(), keys.float()

    def _online(self) -> ProjectedEncoder:
        return ProjectedEncoder(self.encoder, self.head)


@torch.no_grad()
def hit_at_1(sim: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
    """Share of clips whose nearest candidate is a positive.

    Args:
        sim: (N, M) float.
        positive: (N, M) bool.
        negative: (N, M) bool; a candidate that is neither does not count.

    Returns:
        Scalar float in [0, 1].
    """
    sim = sim.masked_fill(~(positive | negative), float('-inf'))
    return positive.gather(1, sim.argmax(1, keepdim=True)).float().mean()
