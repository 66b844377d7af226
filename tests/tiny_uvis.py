"""UVIS with hand-made features and a CLIP of random weights, for tests."""

CLIP = {
    'type': 'OpenCLIP',
    'model_config': {
        'embed_dim': 32,
        'vision_cfg': {
            'image_size': 32,
            'layers': 1,
            'width': 32,
            'head_width': 16,
            'patch_size': 8,
        },
        'text_cfg': {
            'context_length': 77,
            'vocab_size': 49408,
            'width': 32,
            'heads': 2,
            'layers': 1,
        },
    },
}
PROPOSER = {
    'type': 'MaskCut',
    'features': {'type': 'HandMadeFeatures'},
    'crf_size': None,
}
WORLD = dict(num_train=3, num_val=3, num_frames=3)
LABEL_OPTIONS = (
    f'labelling.proposer={PROPOSER}',
    f'labelling.namer.clip={CLIP}',
    'labelling.num_processes=1',
    'labelling.filters.0.mask_thr=0.0',
    'labelling.filters.0.clip_thr=0.0',
    'labelling.filters.1.min_samples=1',
)
OPTIONS = (
    'model.backbone.init_cfg.checkpoint=mmselfshot://toy_resnet18.pth',
    'train_cfg.max_iters=2',
    'train_dataloader.batch_size=2',
    'train_dataloader.num_workers=0',
    'test_dataloader.num_workers=0',
)
