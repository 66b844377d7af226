# A ResNet taught on stills, trained on with MoCo on the frames of the pool;
# stands for row (d) of the paper's Tab. 1.
_base_ = ['_base_/retriever_toyvis.py']

model = dict(
    type='MoCoImageRetriever',
    encoder=dict(
        _delete_=True,
        type='FrameAverageEncoder',
        frame_encoder=dict(
            type='mmdet.ResNet',
            depth=18,
            base_channels=24,
            out_indices=(3,),
            norm_cfg=dict(type='BN', requires_grad=True),
            norm_eval=True,
        ),
        checkpoint='mmselfshot://toy_resnet18_seen.pth',
        num_channels=192,
        clip_size=(96, 160),
        num_frames=1,
        is_frozen=False,
    ),
    loss=dict(type='MoCoLoss', tau=0.07),
)
train_dataloader = dict(
    batch_size=32,
    dataset=dict(
        num_crops=2,
        num_frames=1,
        positives='clip',
        has_one_window=True,
        pipeline=[
            dict(
                type='ClipAugmentation',
                size=(96, 160),
                crop_scale=(0.4, 1.0),
                flip_prob=0.5,
                jitter=(0.4, 0.4, 0.4, 0.1),
                jitter_prob=0.8,
                grey_prob=0.2,
                blur_prob=0.3,
                blur_sigma=(0.3, 1.0),
            ),
        ],
    ),
)
# a network that knows something already
optim_wrapper = dict(optimizer=dict(lr=1e-4))
