# The encoder of retriever_rank_toyvis.py before any training.
_base_ = ['_base_/frozen_toyvis.py']

model = dict(
    encoder=dict(
        type='JointVideoTransformer',
        embed_dims=96,
        depth=4,
        num_heads=3,
        patch_size=8,
        clip_size=(64, 96),
        num_frames=2,
        pool='mean',
        has_frame_norm=True,
        seed=0,
    ),
)
