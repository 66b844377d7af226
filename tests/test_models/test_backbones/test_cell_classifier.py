import pytest
import torch
from mmdet.structures import DetDataSample, TrackDataSample
from mmdet.structures.mask import BitmapMasks
from mmengine.structures import InstanceData

from mmselfshot.models.backbones.cell_classifier import (
    CellClassifier,
    kind_map,
)


def clip(label, height=16, width=24):
    """A frame whose left half shows a thing."""
    masks = torch.zeros(1, height, width, dtype=torch.uint8)
    masks[..., : width // 2] = 1
    frame = DetDataSample()
    frame.gt_instances = InstanceData(
        masks=BitmapMasks(masks.numpy(), height, width),
        labels=torch.tensor([label]),
    )
    sample = TrackDataSample()
    sample.video_data_samples = [frame]
    return sample


def test_kinds_stand_where_the_masks_are():
    kinds = kind_map(clip(2), (4, 6))
    assert torch.equal(kinds, torch.tensor([[3, 3, 3, 0, 0, 0]] * 4))


def test_learns_two_colours_and_counts_its_cells():
    torch.manual_seed(0)
    model = CellClassifier(
        dict(
            type='mmdet.ResNet',
            depth=18,
            base_channels=4,
            num_stages=2,
            strides=(1, 2),
            dilations=(1, 1),
            out_indices=(0, 1),
            norm_cfg=dict(type='BN', requires_grad=True),
        ),
        num_channels=8,
        num_kinds=2,
    )
    frames = []
    for label in range(2):
        frame = torch.zeros(1, 3, 32, 48, dtype=torch.uint8)
        frame[:, 2 * label, :, :24] = 200
        frames.append(frame)
    clips = [clip(label, 32, 48) for label in range(2)]
    optimizer = torch.optim.Adam(model.parameters(), 0.02)
    first = None
    for _ in range(25):
        loss = model(frames, clips, mode='loss')['loss_kind']
        first = first or loss.item()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < first / 3
    found = model.eval()(frames, clips, mode='predict')
    assert [one['shown'] for one in found] == [8 * 6, 8 * 6]
    assert sum(one['right'] for one in found) > 80
    assert model(frames).shape == (2, 3, 8, 12)


def test_a_frame_without_things_is_ground():
    sample = clip(0)
    sample.video_data_samples[0].gt_instances = InstanceData(
        masks=BitmapMasks([], 16, 24), labels=torch.zeros(0).long()
    )
    assert kind_map(sample, (4, 6)).sum() == 0


@pytest.mark.parametrize('label', [0, 4])
def test_label_and_kind_differ_by_the_background(label):
    assert kind_map(clip(label), (4, 6)).max() == label + 1
