# The same ResNet-18 without a label: the kind of a still is what the toy CLIP
# calls it. It stands where ImageNet classification stands for real videos, and
# UVIS on ToyVIS starts from it. True kinds are looked at only to measure.
_base_ = './backbone_stills.py'

kinds = [
    *('disc', 'triangle', 'star', 'ring', 'cross', 'crescent', 'arrow'),
    *('hourglass', 'square', 'heart', 'bolt', 'drop', 'leaf', 'gear'),
    *('flower', 'fish', 'ell', 'arch', 'key', 'mushroom'),
]
train_dataloader = dict(
    dataset=dict(
        type='StillNamedDataset',
        namer=dict(
            type='CLIPNamer',
            clip=dict(
                type='OpenCLIP',
                model_config='mmselfshot://toy_clip.json',
                pretrained='mmselfshot://toy_clip.pth',
            ),
            classes=kinds,
        ),
    ),
)
