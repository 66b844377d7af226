# Labels as in the paper: masks of the released CutLER detector, names of
# CLIP, two filters. Which videos, classes and file: in the config of the run.
_base_ = ['./cutler_r50.py']

labelling = dict(
    frame_step=1,
    proposer=dict(
        type='CutLER',
        model=_base_.cutler_model,
        # made by tools/model_converters/cutler.py, see README.md
        checkpoint='{{$MMSELFSHOT_DATA:data}}/pretrained/cutler_r50.pth',
        score_thr=0.25,  # ours: low, so that the filter below can be swept
        nms_iou=0.5,
        max_per_frame=20,
    ),
    namer=dict(
        type='CLIPNamer',
        # ours: the paper names no model. A tag of open_clip, which fetches
        # it once, or the path of a state dict
        clip=dict(
            type='OpenCLIP', model='ViT-B-32-quickgelu', pretrained='openai'
        ),
        templates=['a photo of {}'],  # paper
        region='box',  # paper
        min_side=16,  # ours, see README.md
    ),
    filters=[
        # ours: the paper gives no values; see sweep_filters.py
        dict(
            type='ScoreFilter',
            mask_thr=0.5,
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
