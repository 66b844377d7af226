"""UVIS with hand-made features and a CLIP of random weights, for tests."""

from pathlib import Path

import torch
from tiny_clip import clip_config, tiny_clip

PROPOSER = {
    'type': 'MaskCut',
    'features': {'type': 'HandMadeFeatures'},
    'crf_size': None,
}
WORLD = dict(num_train=3, num_val=3, num_frames=3)

OPTIONS = (
    'model.backbone.init_cfg.checkpoint=mmselfshot://toy_resnet18.pth',
    'train_cfg.max_iters=2',
    'train_dataloader.batch_size=2',
    'train_dataloader.num_workers=0',
    'test_dataloader.num_workers=0',
)


def label_options(folder: Path) -> tuple[str, ...]:
    """Options for labelling; the weights of CLIP are written to `folder`.

    Several processes label, and each must have the same CLIP.
    """
    weights = folder / 'tiny_clip.pth'
    torch.save(tiny_clip().clip.state_dict(), weights)
    clip = {
        'type': 'OpenCLIP',
        'model_config': clip_config(),
        'pretrained': str(weights),
    }
    return (
        f'labelling.proposer={PROPOSER}',
        f'labelling.namer.clip={clip}',
        'labelling.num_processes=1',
        'labelling.filters.0.mask_thr=0.0',
        'labelling.filters.0.clip_thr=0.0',
        'labelling.filters.1.min_samples=1',
    )
