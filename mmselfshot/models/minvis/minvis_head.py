"""The head of MinVIS: masks, classes and embeddings of a frame's queries.

Source: MinVIS (NeurIPS 2022), Sec. 3.1, on Mask2Former (CVPR 2022),
Sec. 3; both trained on single frames.
Differs from mmdet's head: the query embedding comes out too; mask and dice
losses are divided by the number of targets, meant over the ranks, at least
1 (mmdet counts a frame without targets as one target); matching points are
read once for all queries of a frame, outside the graph and in float32.
The class loss is the weighted mean of the local batch, as published.
"""

import copy

import torch
import torch.nn.functional as F
from mmcv.ops import point_sample
from mmdet.models.dense_heads import Mask2FormerHead
from mmdet.structures import SampleList
from mmengine.config import ConfigDict
from mmengine.structures import InstanceData
from torch import Tensor

from mmselfshot.models.minvis.head_parts import (
    NUM_LEVELS,
    assigner_cfg,
    loss_cfgs,
    pixel_decoder_cfg,
    transformer_decoder_cfg,
)
from mmselfshot.registry import MODELS


@MODELS.register_module()
class MinVISHead(Mask2FormerHead):
    """Mask2Former's head for the frames of a video.

    Every default is the published value. Features come at strides 4, 8, 16
    and 32; the last three go through the deformable encoder.

    Args:
        num_classes: Classes `K`, without no-object.
        in_channels: Channels of the backbone's four levels.
        feat_channels: Width `C` of everything behind the backbone; a
            multiple of `num_heads` and of `num_groups`.
        num_queries: Queries `Q` of a frame.
        num_encoder_layers: Layers of the pixel decoder.
        encoder_ffn_channels: Inner width of their feed-forward part.
        num_decoder_layers: Layers of the transformer decoder.
        decoder_ffn_channels: Inner width of their feed-forward part.
        num_heads: Attention heads in both.
        num_groups: Groups of the pixel decoder's group norms.
        num_points: Points of a mask in matching and in the losses.
        oversample_ratio: Candidates per loss point.
        importance_sample_ratio: Share of loss points taken by uncertainty,
            in [0, 1].
        cls_weight: Weight of the class loss and its matching cost.
        mask_weight: Weight of the point-wise cross-entropy, and its cost.
        dice_weight: Weight of the dice loss, and its cost.
        no_object_weight: Weight of no-object in the class loss.
        pixel_decoder: Entries that replace those built from the numbers
            above, e.g. another `type`.
        init_cfg: Of mmengine's BaseModule.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: list[int],
        feat_channels: int = 256,
        num_queries: int = 100,
        num_encoder_layers: int = 6,
        encoder_ffn_channels: int = 1024,
        num_decoder_layers: int = 9,
        decoder_ffn_channels: int = 2048,
        num_heads: int = 8,
        num_groups: int = 32,
        num_points: int = 12544,
        oversample_ratio: float = 3.0,
        importance_sample_ratio: float = 0.75,
        cls_weight: float = 2.0,
        mask_weight: float = 5.0,
        dice_weight: float = 5.0,
        no_object_weight: float = 0.1,
        pixel_decoder: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        position = dict(num_feats=feat_channels // 2, normalize=True)
        decoder = pixel_decoder_cfg(
            feat_channels,
            num_encoder_layers,
            encoder_ffn_channels,
            num_heads,
            num_groups,
        )
        decoder.update(copy.deepcopy(pixel_decoder or {}))
        weights = (cls_weight, mask_weight, dice_weight)
        super().__init__(
            in_channels=list(in_channels),
            feat_channels=feat_channels,
            out_channels=feat_channels,
            num_things_classes=num_classes,
            num_stuff_classes=0,
            num_queries=num_queries,
            num_transformer_feat_level=NUM_LEVELS,
            pixel_decoder=decoder,
            transformer_decoder=transformer_decoder_cfg(
                feat_channels,
                num_decoder_layers,
                decoder_ffn_channels,
                num_heads,
            ),
            positional_encoding=position,
            train_cfg=ConfigDict(
                num_points=num_points,
                oversample_ratio=oversample_ratio,
                importance_sample_ratio=importance_sample_ratio,
                assigner=assigner_cfg(*weights),
                sampler=dict(type='mmdet.MaskPseudoSampler'),
            ),
            init_cfg=init_cfg,
            **loss_cfgs(num_classes, no_object_weight, *weights),
        )

    def _forward_head(
        self,
        decoder_out: Tensor,
        mask_feature: Tensor,
        attn_mask_target_size: tuple[int, int],
    ) -> tuple[tuple[Tensor, Tensor], Tensor, Tensor]:
        """Predict from the queries as they are after a layer.

        Args:
            decoder_out: (B, Q, C) float.
            mask_feature: (B, C, h, w) float.
            attn_mask_target_size: Size of the next layer's memory.

        Returns:
            ((B, Q, K + 1) class logits, (B, Q, C) embeddings), (B, Q, h, w)
            mask logits, (B * heads, Q, h_i * w_i) bool, True = blocked.
        """
        embeds = self.transformer_decoder.post_norm(decoder_out)
        cls_pred = self.cls_embed(embeds)
        mask_embed = self.mask_embed(embeds)
        mask_pred = torch.einsum('bqc,bchw->bqhw', mask_embed, mask_feature)
        with torch.no_grad():
            resized = F.interpolate(
                mask_pred, attn_mask_target_size, mode='bilinear'
            )
            blocked = resized.flatten(2).sigmoid() < 0.5
            blocked = blocked.repeat_interleave(self.num_heads, 0)
        return (cls_pred, embeds), mask_pred, blocked

    def forward(
        self, x: list[Tensor], batch_data_samples: SampleList | None = None
    ) -> tuple[list[Tensor], list[Tensor], Tensor]:
        """Predict for every frame.

        Args:
            x: Features at strides 4, 8, 16, 32, each (B, C_i, h_i, w_i).
            batch_data_samples: Not used.

        Returns:
            Class logits (B, Q, K + 1) and mask logits (B, Q, h, w), before
            the first and after every layer, and the embeddings (B, Q, C)
            after the last.
        """
        pairs, mask_preds = super().forward(x, batch_data_samples)
        return [logits for logits, _ in pairs], mask_preds, pairs[-1][1]

    def loss(
        self, x: list[Tensor], batch_data_samples: SampleList
    ) -> dict[str, Tensor]:
        """Losses of every prediction, times their weights.

        Args:
            x: See `forward`.
            batch_data_samples: B samples with `gt_instances`: `labels` (N,)
                int64 and `masks` of the padded size, BitmapMasks or (N, H,
                W) Tensor. N may be 0.

        Returns:
            `loss_cls`, `loss_mask`, `loss_dice` of the last prediction, and
            the same with `d0.`, `d1.`, ... of the earlier ones.
        """
        targets = [
            _targets(sample.gt_instances, x[0])
            for sample in batch_data_samples
        ]
        metas = [sample.metainfo for sample in batch_data_samples]
        cls_preds, mask_preds, _ = self(x)
        losses = self.loss_by_feat(cls_preds, mask_preds, targets, metas)
        return {name: loss.mean() for name, loss in losses.items()}

    @torch.no_grad()
    def get_targets(
        self,
        cls_scores_list: list[Tensor],
        mask_preds_list: list[Tensor],
        batch_gt_instances: list[InstanceData],
        batch_img_metas: list[dict],
    ) -> tuple[list[Tensor], list[Tensor], list[Tensor], list[Tensor], int]:
        """Match the queries of each frame with its targets.

        Args:
            cls_scores_list: Per frame (Q, K + 1) class logits.
            mask_preds_list: Per frame (Q, h, w) mask logits.
            batch_gt_instances: Per frame `labels` (N,) int64, `masks` (N, H,
                W) float.
            batch_img_metas: Per frame, for costs that want them.

        Returns:
            Per frame labels (Q,) int64 with K = no-object, their weights
            (Q,), target masks (M, H, W) of the M matched queries in query
            order, and which queries these are (Q,) 0 or 1; then the number
            of targets of the batch, which divides mask and dice losses.
        """
        labels, label_weights, mask_targets, mask_weights = [], [], [], []
        for logits, masks, targets, meta in zip(
            cls_scores_list,
            mask_preds_list,
            batch_gt_instances,
            batch_img_metas,
        ):
            target_of = self._match(logits, masks, targets, meta)
            is_matched = target_of >= 0
            label = target_of.new_full((len(logits),), self.num_classes)
            label[is_matched] = targets.labels[target_of[is_matched]]
            labels.append(label)
            label_weights.append(torch.ones_like(label))
            mask_targets.append(targets.masks[target_of[is_matched]])
            mask_weights.append(is_matched.to(masks.dtype))
        num_targets = sum(len(targets) for targets in batch_gt_instances)
        return labels, label_weights, mask_targets, mask_weights, num_targets

    def _match(
        self, logits: Tensor, masks: Tensor, targets: InstanceData, meta: dict
    ) -> Tensor:
        """(Q,) int64, the target of each query, -1 for none."""
        if len(targets) == 0:
            return targets.labels.new_full((len(logits),), -1)
        points = torch.rand(1, self.num_points, 2, device=masks.device)
        with torch.autocast(masks.device.type, enabled=False):
            predicted = point_sample(masks[None].float(), points)[0]
            wanted = point_sample(targets.masks[None], points)[0]
            result = self.assigner.assign(
                InstanceData(scores=logits.float(), masks=predicted),
                InstanceData(labels=targets.labels, masks=wanted),
                meta,
            )
        return result.gt_inds - 1


def _targets(gt_instances: InstanceData, like: Tensor) -> InstanceData:
    """Labels and masks as tensors on the device of `like`, masks float32."""
    masks = gt_instances.masks
    if not isinstance(masks, Tensor):
        masks = masks.to_tensor(torch.uint8, like.device)
    return InstanceData(
        labels=gt_instances.labels.to(like.device),
        masks=masks.to(like.device, torch.float32),
    )
