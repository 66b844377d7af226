# Tab. 3 and 10, encoder and decoder: no fuser. No episode has black supports,
# for this network could not see that nothing is asked for.
_base_ = ['../selfshot_5shot_toyvis.py']

model = dict(fuser=dict(num_layers=0))
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='FlipEpisode', prob=0.5, vertical_prob=0.5),
            dict(type='PackEpisode'),
        ],
    ),
)
