# Whatever moves beside the camera, without training and without a support, on
# the queries of ToyVIS fewshot; stands for the paper's [22] in Tab. 2.
#   python tools/test.py configs/selfshot/motion_toyvis.py none
_base_ = [
    '../_base_/default_runtime.py',
    '../_base_/datasets/selfshot_toyvis.py',
]

model = dict(type='MotionSegmenter')
train_dataloader = None
val_dataloader = None
val_evaluator = None
test_dataloader = dict(dataset=dict(max_supports=0))
test_cfg = dict(type='TestLoop')
