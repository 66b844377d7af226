"""What is drawn, what is kept, and that a sample is only its own."""

import copy
import json

import numpy as np
import pytest
import torch
from mmengine.dataset import ConcatDataset, RepeatDataset, pseudo_collate
from tiny_videos import box_rle, make_content, write_video_set
from torch.utils.data import DataLoader

from mmselfshot.datasets import (
    SampleIndex,
    VideoInstanceDataset,
    VideoTestSampler,
    VideoTrainSampler,
)
from mmselfshot.utils import UserError

TRAIN = [
    {'type': 'LoadFrames'},
    {'type': 'LoadFrameAnnotations'},
    {'type': 'ResizeClip', 'short_edges': (16, 24, 32)},
    {
        'type': 'mmdet.TransformBroadcaster',
        'share_random_params': True,
        'transforms': [{'type': 'mmdet.RandomFlip', 'prob': 0.5}],
    },
    {'type': 'PackClipInputs'},
]
TEST = [{'type': 'LoadFrames'}, {'type': 'PackClipInputs'}]
BARE = [TRAIN[0], TRAIN[1], TRAIN[-1]]


def make(root, content=None, **kwargs):
    ann_file = write_video_set(root, content)
    return VideoInstanceDataset(
        **{
            'ann_file': ann_file.name,
            'data_root': str(root),
            'data_prefix': {'img': 'frames'},
            'pipeline': copy.deepcopy(BARE),
            **kwargs,
        }
    )


def frame_of(inputs):
    """(video id, frame index) that the tiny frames show."""
    return [(int(frame[0, 0, 0]), int(frame[1, 0, 0])) for frame in inputs]


def test_metainfo_follows_the_names_asked_for(tmp_path):
    metainfo = make(tmp_path, classes=['dog', 'cat']).metainfo
    assert metainfo['classes'] == ('dog', 'cat')
    assert metainfo['cat_ids'] == (7, 3)
    assert len(metainfo['palette']) == 2
    metainfo = make(tmp_path).metainfo
    assert metainfo['classes'] == ('cat', 'Giant_panda', 'dog')
    assert metainfo['cat_ids'] == (3, 4, 7)
    metainfo = make(tmp_path, metainfo={'classes': ['cat']}).metainfo
    assert metainfo['cat_ids'] == (3,)


def test_labels_follow_the_names_too(tmp_path):
    for classes, expected in ((['dog', 'cat'], [0, 1]), (None, [2, 0])):
        dataset = make(tmp_path, classes=classes, labelled={5: [2], 2: []})
        frame = dataset[0]['data_samples'][0]
        assert frame.frame_id == 2
        assert frame.gt_instances.labels.tolist() == expected
        assert frame.gt_instances.instances_ids.tolist() == [4, 6]
        np.testing.assert_array_equal(
            frame.gt_instances.bboxes[0], [2, 1, 8, 9]
        )


def test_other_categories_are_left_out_and_counted(tmp_path, capsys):
    dataset = make(tmp_path, classes=['dog'], labelled={5: [2], 2: [0]})
    assert '2 of 3 annotations' in capsys.readouterr().out
    assert dataset[0]['data_samples'][0].gt_instances.labels.tolist() == [0]
    assert len(dataset[1]['data_samples'][0].gt_instances) == 0


def test_crowds_are_left_out(tmp_path):
    content = make_content()
    content['annotations'][1]['iscrowd'] = 1
    dataset = make(tmp_path, content, labelled={5: [2]})
    instances = dataset[0]['data_samples'][0].gt_instances
    assert instances.instances_ids.tolist() == [6]


def test_training_draws_labelled_frames_only(tmp_path):
    dataset = make(tmp_path)
    drawn = [frame_of(dataset[1]['inputs'])[0] for _ in range(40)]
    assert set(drawn) == {(2, 0), (2, 2)}
    drawn = [frame_of(dataset[0]['inputs'])[0] for _ in range(60)]
    assert set(drawn) == {(5, 0), (5, 1), (5, 2), (5, 3)}


def test_labelled_frame_without_objects_is_drawn_as_such(tmp_path):
    dataset = make(tmp_path, labelled={5: [3]})
    frame = dataset[0]['data_samples'][0]
    assert frame.is_labelled is True
    assert len(frame.gt_instances) == 0
    assert frame.gt_instances.masks.masks.shape == (0, 16, 24)


def test_any_frame_may_be_drawn_and_unlabelled_ones_are_marked(tmp_path):
    content = make_content()
    content['videos'][0]['labelled_frames'] = [1]
    dataset = make(tmp_path, content, frames='any', num_frames=4)
    clip = dataset[0]['data_samples']
    frames = clip.video_data_samples
    assert [frame.frame_id for frame in frames] == [0, 1, 2, 3]
    assert [frame.is_labelled for frame in frames] == [
        False,
        True,
        False,
        False,
    ]
    # frames 0 and 2 have masks in the file, but are not labelled
    assert [len(frame.gt_instances) for frame in frames] == [0, 1, 0, 0]
    assert dataset[0]['inputs'].shape == (4, 3, 16, 24)


def test_videos_without_labels_are_counted_or_kept(tmp_path, capsys):
    content = make_content()
    content['videos'][0]['labelled_frames'] = []
    dataset = make(tmp_path, content)
    assert '1 of 2 videos' in capsys.readouterr().out
    assert [part.video_id for part in dataset.outline] == [2]
    assert len(make(tmp_path, content, frames='any')) == 2
    assert len(make(tmp_path, content, test_mode=True)) == 7
    content['videos'][1]['labelled_frames'] = []
    with pytest.raises(UserError, match='no video with a labelled frame'):
        make(tmp_path, content)


def test_labelled_frames_may_be_those_with_masks(tmp_path):
    dataset = make(tmp_path, labelled='with_masks')
    assert dataset.get_data_info(0)['labelled'] == [0, 1, 2]
    assert dataset.get_data_info(1)['labelled'] == [0]


def test_labelled_frames_may_be_an_even_share(tmp_path):
    dataset = make(tmp_path, labelled=0.1)
    for index in range(len(dataset)):
        info = dataset.get_data_info(index)
        assert info['labelled'] == [info['video_length'] // 2]


def test_labelled_frames_may_be_named(tmp_path):
    dataset = make(tmp_path, labelled={'5': [3, 1]})
    assert len(dataset) == 1
    assert dataset.get_data_info(0)['labelled'] == [1, 3]
    with pytest.raises(UserError, match=r'frames \[4\] of video 5'):
        make(tmp_path, labelled={5: [4]})


@pytest.mark.parametrize('window', [1, 2, 3, 9])
def test_windows_give_every_frame_once_in_order(tmp_path, window):
    dataset = make(tmp_path, test_mode=True, window=window, pipeline=TEST)
    seen = []
    for index in range(len(dataset)):
        sample = dataset[index]
        assert len(sample['inputs']) <= window
        shown = frame_of(sample['inputs'])
        frames = sample['data_samples'].video_data_samples
        assert shown == [(frame.video_id, frame.frame_id) for frame in frames]
        assert {frame.video_length for frame in frames} <= {3, 4}
        seen += shown
    assert seen == [(5, 0), (5, 1), (5, 2), (5, 3), (2, 0), (2, 1), (2, 2)]


def test_windows_carry_the_labels_of_their_frames(tmp_path):
    dataset = make(tmp_path, test_mode=True, window=2)
    clip = dataset[1]['data_samples']  # frames 2 and 3 of video 5
    assert clip[0].gt_instances.instances_ids.tolist() == [4, 6]
    assert len(clip[1].gt_instances) == 0
    clip = dataset[2]['data_samples']  # frames 0 and 1 of video 2
    assert [frame.is_labelled for frame in clip.video_data_samples] == [
        True,
        False,
    ]


def test_indices_choose_whole_videos(tmp_path):
    dataset = make(tmp_path, test_mode=True, indices=[1])
    assert [part.video_id for part in dataset.outline] == [2, 2, 2]
    dataset = make(tmp_path, indices=1)
    assert [part.video_id for part in dataset.outline] == [5]


def test_outline_follows_a_later_subset(tmp_path):
    dataset = make(tmp_path, test_mode=True).get_subset([0, 5])
    assert [part.video_id for part in dataset.outline] == [5, 2]


@pytest.mark.parametrize('serialize_data', [True, False])
def test_lazy_and_serialized_reading_give_the_same(tmp_path, serialize_data):
    dataset = make(tmp_path, lazy_init=True, serialize_data=serialize_data)
    dataset.full_init()
    assert dataset.get_data_info(1) == make(tmp_path).get_data_info(1)
    assert dataset.outline == make(tmp_path).outline
    assert dataset.get_cat_ids(0) == [0, 2]


def samples_of(dataset, num_workers, seek=0, number=12):
    sampler = VideoTrainSampler(dataset, seed=4)
    sampler.seek(seek)
    loader = iter(
        DataLoader(
            dataset,
            batch_size=3,
            sampler=sampler,
            num_workers=num_workers,
            collate_fn=pseudo_collate,
        )
    )
    samples = []
    while len(samples) < number:
        batch = next(loader)
        samples += zip(batch['inputs'], batch['data_samples'])
    return samples


def assert_same(first, second):
    assert len(first) == len(second) > 0
    for (inputs, clip), (other_inputs, other_clip) in zip(first, second):
        assert torch.equal(inputs, other_inputs)
        assert [frame.metainfo for frame in clip.video_data_samples] == [
            frame.metainfo for frame in other_clip.video_data_samples
        ]


def test_samples_do_not_depend_on_workers_or_where_one_starts(tmp_path):
    dataset = make(tmp_path, pipeline=copy.deepcopy(TRAIN), num_frames=2)
    alone = samples_of(dataset, num_workers=0)
    assert_same(alone, samples_of(dataset, num_workers=2))
    assert_same(alone[6:], samples_of(dataset, 2, seek=6, number=6))
    # the pipeline does draw: sizes, flips and frames are not all the same
    assert len({inputs.shape for inputs, _ in alone}) > 2
    assert len({clip[0].flip for _, clip in alone}) == 2


def test_wrapped_data_sets_keep_the_draw(tmp_path):
    dataset = make(tmp_path, pipeline=copy.deepcopy(TRAIN), num_frames=2)
    expected = dataset[SampleIndex(1, position=8, seed=2)]['inputs']
    wrapped = ConcatDataset([dataset, dataset])
    inputs = wrapped[SampleIndex(3, position=8, seed=2)]['inputs']
    assert torch.equal(inputs, expected)
    wrapped = RepeatDataset(dataset, times=3)
    inputs = wrapped[SampleIndex(5, position=8, seed=2)]['inputs']
    assert torch.equal(inputs, expected)


def test_masks_are_flipped_with_their_frame(tmp_path):
    dataset = make(tmp_path, pipeline=copy.deepcopy(TRAIN), labelled={5: [0]})
    flipped = 0
    for position in range(12):
        sample = dataset[SampleIndex(0, position)]
        frame = sample['data_samples'][0]
        columns = np.flatnonzero(frame.gt_instances.masks.masks[0].any(0))
        shown = sample['inputs'][0, 2, 0].numpy()[columns]
        # the object fills columns 0 to 5 of the file's frame
        assert shown.max() <= 6
        assert columns[0] == (
            0 if not frame.flip else frame.img_shape[1] * 3 // 4
        )
        flipped += frame.flip
    assert 0 < flipped < 12


def test_test_loader_with_its_sampler(tmp_path):
    dataset = make(tmp_path, test_mode=True, window=3, pipeline=TEST)
    loader = DataLoader(
        dataset,
        batch_size=1,
        sampler=VideoTestSampler(dataset),
        collate_fn=pseudo_collate,
    )
    shown = [one for batch in loader for one in frame_of(batch['inputs'][0])]
    assert shown == [(5, i) for i in range(4)] + [(2, i) for i in range(3)]


def test_one_pixel_frames(tmp_path):
    content = make_content()
    content['videos'] = [
        {
            'id': 1,
            'width': 1,
            'height': 1,
            'length': 1,
            'file_names': ['a.png'],
        }
    ]
    content['annotations'] = [
        {
            'id': 1,
            'video_id': 1,
            'category_id': 3,
            'segmentations': [{'size': [1, 1], 'counts': [0, 1]}],
        }
    ]
    dataset = make(tmp_path, content, pipeline=copy.deepcopy(TRAIN))
    frame = dataset[0]['data_samples'][0]
    assert frame.ori_shape == (1, 1)
    assert frame.gt_instances.masks.masks.all()


def break_frame(root, content):
    path = root / 'frames' / 'high' / '00000.png'
    path.write_bytes(path.read_bytes()[:60])


def drop_frame(root, content):
    (root / 'frames' / 'high' / '00000.png').unlink()


@pytest.mark.parametrize(
    ('spoil', 'found'),
    [
        (break_frame, r'cannot read frame .*00000\.png'),
        (drop_frame, r'no frame .*00000\.png'),
    ],
)
@pytest.mark.parametrize('num_workers', [0, 1])
def test_bad_frame_is_named_from_any_process(
    tmp_path, spoil, found, num_workers
):
    dataset = make(tmp_path, labelled={2: [0]})
    spoil(tmp_path, None)
    with pytest.raises(UserError, match=found) as caught:
        samples_of(dataset, num_workers)
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize(
    ('place', 'value', 'found'),
    [
        (('videos', 1, 'file_names'), [], 'empty video: video 2'),
        (('annotations', 0, 'category_id'), 99, 'unknown category'),
        (('annotations', 0, 'id'), 0, 'id 0'),
        (('annotations', 0, 'id'), 4, 'repeated id'),
        (('annotations', 0, 'segmentations'), [None], 'list length'),
    ],
)
def test_bad_label_file_is_refused_at_the_start(tmp_path, place, value, found):
    content = make_content()
    content[place[0]][place[1]][place[2]] = value
    with pytest.raises(UserError, match=found):
        make(tmp_path, content)


def test_mask_of_another_size_is_named(tmp_path):
    content = make_content()
    content['annotations'][0]['segmentations'][0] = box_rle(
        (1, 1, 3, 3), 16, 24
    )
    dataset = make(tmp_path, content, labelled={2: [0]})
    with pytest.raises(UserError, match='video 2, annotation 11, frame 0'):
        dataset[0]


def test_missing_and_cut_label_files(tmp_path):
    with pytest.raises(UserError, match='no label file'):
        VideoInstanceDataset(ann_file=str(tmp_path / 'none.json'))
    path = write_video_set(tmp_path)
    path.write_text(path.read_text()[:-40])
    with pytest.raises(UserError, match='not complete JSON'):
        VideoInstanceDataset(ann_file=str(path))


@pytest.mark.parametrize(
    'wrong',
    [
        {'classes': ['cow']},
        {'classes': 'ytvis20'},
        {'frames': 'all'},
        {'labelled': 'some'},
        {'num_frames': 0},
        {'window': 0},
    ],
)
def test_wrong_arguments_are_refused(tmp_path, wrong):
    with pytest.raises(UserError):
        make(tmp_path, **wrong)


def test_official_file_without_annotations(tmp_path):
    content = make_content()
    content['annotations'] = None
    dataset = make(tmp_path, content, test_mode=True, pipeline=TEST)
    assert len(dataset) == 7
    assert json.loads((tmp_path / 'labels.json').read_text()) == content


def test_real_clips(real_data_dir):
    dataset = VideoInstanceDataset(
        ann_file='instances.json',
        data_root=str(real_data_dir / 'real_vis'),
        data_prefix={'img': 'JPEGImages'},
        labelled='with_masks',
        pipeline=copy.deepcopy(BARE),
    )
    assert dataset.metainfo['classes'] == ('person', 'bicycle')
    frame = dataset[1]['data_samples'][0]
    assert frame.frame_id == 0
    assert frame.gt_instances.labels.tolist() == [1, 0]
    # the boxes and areas that the file gives, as xywh and pixels
    np.testing.assert_array_equal(
        frame.gt_instances.bboxes,
        [[363, 214, 363 + 192, 214 + 164], [418, 121, 418 + 104, 121 + 208]],
    )
    assert frame.gt_instances.masks.areas.tolist() == [6466, 7971]
