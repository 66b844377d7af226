"""The cascade of CutLER: three box heads, one mask head.

Source: CutLER (CVPR 2023), its released model is detectron2's Cascade Mask
R-CNN. Where that differs from mmdet's `CascadeRoIHead`, this follows it:
the stages' probabilities are averaged, not their logits; one mask head,
trained on the proposals of the first stage, looks at the final boxes once;
the later stages learn from all refined boxes of the first one's sample, and
each stage gives 1/3 of its gradient to the features.
"""

import torch
from mmdet.models.roi_heads import CascadeRoIHead
from mmdet.models.task_modules.samplers import SamplingResult
from mmdet.structures import SampleList
from mmdet.structures.bbox import bbox2roi
from mmengine.structures import InstanceData
from torch import Tensor

from mmselfshot.models.cutler.drop_loss import is_far_from_labels
from mmselfshot.registry import MODELS


@MODELS.register_module()
class CutLERRoIHead(CascadeRoIHead):
    """Cascade with class-agnostic boxes and a shared mask head.

    `train_cfg` has one entry per stage; the first one's `sampler` chooses
    the boxes that all stages learn from, later ones need only `assigner`
    and `pos_weight`.

    Args:
        drop_loss_iou_thr: A box whose refined form has no greater IoU than
            this with any pseudo label gives no classification loss
            (DropLoss). None to count all boxes.
        kwargs: See mmdet's `CascadeRoIHead`; `mask_roi_extractor` and
            `mask_head` are one each.
    """

    def __init__(
        self, *args, drop_loss_iou_thr: float | None = None, **kwargs
    ) -> None:
        super().__init__(*args, **kwargs)
        assert all(head.reg_class_agnostic for head in self.bbox_head)
        self.drop_loss_iou_thr = drop_loss_iou_thr

    def init_mask_head(self, mask_roi_extractor, mask_head) -> None:
        """Build the one mask head."""
        self.share_roi_extractor = False
        self.mask_roi_extractor = MODELS.build(mask_roi_extractor)
        self.mask_head = MODELS.build(mask_head)

    def init_assigner_sampler(self) -> None:
        """Build the assigners and the first stage's sampler."""
        if self.train_cfg is not None:
            for stage in self.train_cfg[1:]:
                stage.setdefault('sampler', dict(type='mmdet.PseudoSampler'))
        super().init_assigner_sampler()

    def _mask_forward(
        self, stage: int, x: tuple[Tensor, ...], rois: Tensor
    ) -> dict[str, Tensor]:
        extractor = self.mask_roi_extractor
        features = extractor(x[: extractor.num_inputs], rois)
        return dict(mask_preds=self.mask_head(features))

    # ---- prediction

    def _refine_roi(
        self,
        x: tuple[Tensor, ...],
        rois: Tensor,
        batch_img_metas: list[dict],
        num_proposals_per_img: tuple[int, ...],
        **kwargs,
    ) -> tuple[tuple[Tensor, ...], list[Tensor], tuple[Tensor, ...]]:
        """Run the stages.

        Returns:
            Per image: the boxes that the last stage started from (P, 5), the
            logarithm of the mean probabilities of the stages (P, 2), whose
            softmax is that mean, and the last stage's deltas (P, 4).
        """
        log_probs = []
        starts = rois
        for stage in range(self.num_stages):
            rois = starts
            results = self._bbox_forward(stage, x, rois)
            log_probs.append(results['cls_score'].log_softmax(dim=-1))
            deltas = results['bbox_pred']
            starts = self._refine(stage, rois, deltas, batch_img_metas)
        mean = torch.stack(log_probs).exp().mean(dim=0).log()
        counts = list(num_proposals_per_img)
        return (
            rois.split(counts),
            list(mean.split(counts)),
            deltas.split(counts),
        )

    def _refine(
        self, stage: int, rois: Tensor, deltas: Tensor, metas: list[dict]
    ) -> Tensor:
        """Boxes of a stage, clipped to their images: (P, 5)."""
        refined = rois.clone()
        coder = self.bbox_head[stage].bbox_coder
        for index, meta in enumerate(metas):
            of_image = rois[:, 0] == index
            refined[of_image, 1:] = coder.decode(
                rois[of_image, 1:],
                deltas[of_image].float(),
                max_shape=meta['img_shape'],
            )
        return refined

    def predict_mask(
        self,
        x: tuple[Tensor, ...],
        batch_img_metas: list[dict],
        results_list: list[InstanceData],
        rescale: bool = False,
    ) -> list[InstanceData]:
        """Add (N, H, W) bool `masks` to the detections of each image."""
        rois = bbox2roi([results.bboxes for results in results_list])
        counts = [len(results) for results in results_list]
        if len(rois):
            logits = self._mask_forward(0, x, rois)['mask_preds']
        else:
            size = self.mask_head.roi_feat_size
            logits = rois.new_zeros((0, 1, *size))
        return self.mask_head.predict_by_feat(
            mask_preds=logits.split(counts),
            results_list=results_list,
            batch_img_metas=batch_img_metas,
            rcnn_test_cfg=self.test_cfg,
            rescale=rescale,
        )

    # ---- training

    def loss(
        self,
        x: tuple[Tensor, ...],
        rpn_results_list: list[InstanceData],
        batch_data_samples: SampleList,
    ) -> dict[str, Tensor]:
        """Losses of the stages and of the mask head.

        Args:
            x: Feature maps of the neck.
            rpn_results_list: Proposals of each image.
            batch_data_samples: B of them, with `gt_instances`.

        Returns:
            `s{stage}.loss_cls`, `s{stage}.loss_bbox`, `s{stage}.acc`, with
            DropLoss `s{stage}.dropped` (share of boxes), and `loss_mask`.
        """
        metas = [sample.metainfo for sample in batch_data_samples]
        targets = [sample.gt_instances for sample in batch_data_samples]
        samples = [
            self._sample(result, target)
            for result, target in zip(rpn_results_list, targets)
        ]
        losses = {}
        mask = self.mask_loss(samples, x, targets)
        for stage in range(self.num_stages):
            results = self._stage_loss(stage, x, samples, targets)
            weight = self.stage_loss_weights[stage]
            for name, value in results['losses'].items():
                value = value * weight if 'loss' in name else value
                losses[f's{stage}.{name}'] = value
            if stage + 1 < self.num_stages:
                samples = self._next_samples(stage, results, metas, targets)
        losses['loss_mask'] = mask
        return losses

    def _sample(
        self, proposals: InstanceData, targets: InstanceData
    ) -> SamplingResult:
        proposals = InstanceData(priors=proposals.bboxes)
        assigned = self.bbox_assigner[0].assign(proposals, targets)
        return self.bbox_sampler[0].sample(assigned, proposals, targets)

    def _next_samples(
        self,
        stage: int,
        results: dict,
        metas: list[dict],
        targets: list[InstanceData],
    ) -> list[SamplingResult]:
        """All boxes that a stage refined, assigned by the next one."""
        rois = self._refine(
            stage, results['rois'], results['bbox_pred'], metas
        )
        samples = []
        for index, target in enumerate(targets):
            boxes = rois[rois[:, 0] == index, 1:]
            sides = boxes[:, 2:] - boxes[:, :2]
            proposals = InstanceData(priors=boxes[(sides > 0).all(dim=1)])
            assigned = self.bbox_assigner[stage + 1].assign(proposals, target)
            samples.append(
                self.bbox_sampler[stage + 1].sample(
                    assigned, proposals, target
                )
            )
        return samples

    def _stage_loss(
        self,
        stage: int,
        x: tuple[Tensor, ...],
        samples: list[SamplingResult],
        targets: list[InstanceData],
    ) -> dict:
        head = self.bbox_head[stage]
        rois = bbox2roi([sample.priors for sample in samples])
        extractor = self.bbox_roi_extractor[stage]
        features = extractor(x[: extractor.num_inputs], rois)
        if features.requires_grad:
            features.register_hook(lambda grad: grad / self.num_stages)
        logits, deltas = head(features)
        labels, weights, *box_targets = head.get_targets(
            samples, self.train_cfg[stage]
        )
        num_dropped = 0
        if self.drop_loss_iou_thr is not None and len(rois):
            kept = ~self._is_dropped(stage, rois, deltas, targets)
            weights = weights * kept
            num_dropped = len(kept) - kept.sum()
        losses = head.loss(logits, deltas, rois, labels, weights, *box_targets)
        if 'loss_cls' not in losses:  # no box at all
            losses['loss_cls'] = logits.sum() * 0
        elif self.drop_loss_iou_thr is not None:
            # mmdet takes the mean over boxes with a weight; here over all
            share = num_dropped / len(rois)
            losses['loss_cls'] = losses['loss_cls'] * (1 - share)
            losses['dropped'] = share
        return dict(losses=losses, rois=rois, bbox_pred=deltas.detach())

    @torch.no_grad()
    def _is_dropped(
        self,
        stage: int,
        rois: Tensor,
        deltas: Tensor,
        targets: list[InstanceData],
    ) -> Tensor:
        coder = self.bbox_head[stage].bbox_coder
        boxes = coder.decode(rois[:, 1:], deltas.float())
        dropped = torch.zeros_like(rois[:, 0], dtype=torch.bool)
        for index, target in enumerate(targets):
            of_image = rois[:, 0] == index
            dropped[of_image] = is_far_from_labels(
                boxes[of_image], target.bboxes, self.drop_loss_iou_thr
            )
        return dropped

    def mask_loss(
        self,
        samples: list[SamplingResult],
        x: tuple[Tensor, ...],
        targets: list[InstanceData],
    ) -> Tensor:
        """Mean binary cross entropy of the masks of the positive boxes."""
        rois = bbox2roi([sample.pos_priors for sample in samples])
        if not len(rois):
            unused = sum(
                weight.sum() for weight in self.mask_head.parameters()
            )
            return unused * 0
        logits = self._mask_forward(0, x, rois)['mask_preds']
        losses = self.mask_head.loss_and_target(
            logits, samples, targets, self.train_cfg[0]
        )
        return losses['loss_mask']['loss_mask']
