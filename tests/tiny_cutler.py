"""CutLER with small numbers, and samples for it."""

import torch
from tiny_minvis import clip_sample

from mmselfshot.datasets.transforms.loading import boxes_of


def shrink_cutler(model):
    """The same network, a few thousand weights, for frames of 64 pixels."""
    model.backbone.update(depth=18, base_channels=4, init_cfg=None)
    model.neck.update(in_channels=[4, 8, 16, 32], out_channels=8)
    model.rpn_head.update(in_channels=8, feat_channels=8)
    model.rpn_head.anchor_generator.scales = [4]
    head = model.roi_head
    for extractor in (head.bbox_roi_extractor, head.mask_roi_extractor):
        extractor.update(out_channels=8)
    for box_head in head.bbox_head:
        box_head.update(in_channels=8, fc_out_channels=16)
    head.mask_head.update(num_convs=1, in_channels=8, conv_out_channels=8)
    model.train_cfg.rpn_proposal.max_per_img = 50
    model.train_cfg.rcnn[0].sampler.num = 16
    model.test_cfg.rpn.max_per_img = 30
    return model


def boxed_sample(**options):
    """A `clip_sample` of one class with boxes around its masks."""
    sample = clip_sample(num_classes=1, **options)
    for frame in sample['data_samples']:
        objects = frame.gt_instances
        objects.bboxes = torch.from_numpy(boxes_of(objects.masks.masks))
    return sample
