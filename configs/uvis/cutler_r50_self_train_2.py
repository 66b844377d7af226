# CutLER, second round of self-training, at a score of .65.
_base_ = ['./cutler_r50_self_train_1.py']

load_from = 'work_dirs/cutler_r50_self_train_1/iter_80000.pth'
train_dataloader = dict(dataset=dict(ann_file='cutler_round_2.json'))
labelling = dict(
    out='{{$MMSELFSHOT_DATA:data}}/imagenet/cutler_found_2.json',
    proposer=dict(checkpoint=load_from, score_thr=0.65),
)
