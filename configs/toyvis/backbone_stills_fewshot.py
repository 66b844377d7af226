# The same ResNet, trained on the looks in stills of level fewshot: seen kinds
# only, so that networks for unseen ones may start from it.
_base_ = ['backbone_stills.py']

data_root = '{{$MMSELFSHOT_DATA:data}}/toyvis_stills_fewshot/'
num_kinds = 60  # looks

model = dict(num_kinds=num_kinds)
train_dataloader = dict(dataset=dict(data_root=data_root))
val_dataloader = dict(dataset=dict(data_root=data_root))

max_epochs = 20
train_cfg = dict(max_epochs=max_epochs)
param_scheduler = [
    dict(
        type='mmengine.LinearLR',
        start_factor=0.01,
        by_epoch=False,
        begin=0,
        end=200,
    ),
    dict(
        type='mmengine.CosineAnnealingLR',
        T_max=max_epochs,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
