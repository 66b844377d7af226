# The encoder of retriever_rank_toyvis.py before any training.
_base_ = ['_base_/frozen_toyvis.py']

model = dict(
    encoder=dict(
        type='JointVideoTransformer',
        embed_dims=96,
        depth=4,
        num_heads=3,
        patch_size=16,
        clip_size=(80, 128),
        num_frames=3,
        pool='mean',
        seed=0,
    ),
)
