# Labels of a ToyVIS world (level easy): MaskCut and CLIP with the shipped toy
# models, which have seen other worlds' stills only. All numbers are ours, see
# docs/uvis.md.
labelling = dict(
    out='{{$MMSELFSHOT_DATA:data}}/toyvis/uvis_pseudo.json',
    # the frames alone: no annotation file is looked for
    videos=dict(
        root='{{$MMSELFSHOT_DATA:data}}/toyvis/train/JPEGImages', ann_file=None
    ),
    classes=[
        *('disc', 'triangle', 'star', 'ring'),
        *('cross', 'crescent', 'arrow', 'hourglass'),
    ],
    frame_step=4,  # of 16; many videos teach more than many frames
    num_processes=2,
    proposer=dict(
        type='MaskCut',
        features=dict(
            type='DINOFeatures',
            backbone=dict(
                type='DINOVisionTransformer',
                embed_dims=96,
                depth=4,
                num_heads=3,
                patch_size=8,
                img_size=96,
            ),
            checkpoint='mmselfshot://toy_dino_vit.pth',
            size=None,
            scale=3.0,  # a patch is 2.7 pixels wide
        ),
        num_masks=8,
        tau=0.88,
        is_grown=True,
        is_kept_unrefined=True,
        min_area=0.004,  # 61 pixels
        crf_size=None,
    ),
    namer=dict(
        type='CLIPNamer',
        clip=dict(
            type='OpenCLIP',
            model_config='mmselfshot://toy_clip.json',
            pretrained='mmselfshot://toy_clip.pth',
        ),
        min_side=8,
    ),
    filters=[
        dict(
            type='ScoreFilter',
            mask_thr=0.2,
            clip_thr=0.9,
            max_per_frame=10,
            nms_iou=0.5,
        ),
        # cosines of the toy CLIP are higher than those of CLIP: at the
        # paper's .7 nothing goes
        dict(
            type='PrototypeMemory',
            tau=0.9,
            max_prototypes=5,
            min_samples=10,
        ),
    ],
)
