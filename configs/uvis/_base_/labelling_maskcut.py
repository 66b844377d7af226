# Labels without any detector: masks of MaskCut on DINO's features, names of
# CLIP, two filters. In place of labelling_cutler.py in the config of a run.
labelling = dict(
    frame_step=1,
    proposer=dict(
        type='MaskCut',
        features=dict(
            type='DINOFeatures',
            backbone=dict(
                type='DINOVisionTransformer', arch='base', patch_size=8
            ),
            # made by tools/model_converters/dino.py, see README.md
            checkpoint='{{$MMSELFSHOT_DATA:data}}/pretrained/dino_vitb8.pth',
        ),
        num_masks=3,  # CutLER's released labels; so is tau
        tau=0.15,
    ),
    namer=dict(
        type='CLIPNamer',
        # ours, see labelling_cutler.py
        clip=dict(
            type='OpenCLIP', model='ViT-B-32-quickgelu', pretrained='openai'
        ),
        templates=['a photo of {}'],  # paper
        region='box',  # paper
        min_side=16,  # ours, see README.md
    ),
    filters=[
        # ours; the score of MaskCut is a contrast, no probability, so its
        # threshold is lower than CutLER's
        dict(
            type='ScoreFilter',
            mask_thr=0.2,
            clip_thr=0.5,
            max_per_frame=10,
            nms_iou=0.5,
        ),
        # tau: paper; the others are ours
        dict(
            type='PrototypeMemory', tau=0.7, max_prototypes=5, min_samples=10
        ),
    ],
)
