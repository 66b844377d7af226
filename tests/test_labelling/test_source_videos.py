"""Which videos there are, from folders and from lists."""

import json

import numpy as np
import pytest
from PIL import Image

from mmselfshot.labelling.source_videos import find_source_videos
from mmselfshot.utils import UserError
from mmselfshot.utils.video_io import VideoError
from mmselfshot.utils.video_writer import VideoWriter


def write_frame(path, size=(4, 6), value=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((*size, 3), value, np.uint8)).save(path)


def test_folders_in_natural_order_get_ids_from_one(tmp_path):
    for name in ('v10', 'v2'):
        for index in range(3):
            write_frame(tmp_path / name / f'{index}.png', value=index)
    videos = find_source_videos(tmp_path)
    assert [(one.id, one.name) for one in videos] == [(1, 'v2'), (2, 'v10')]
    assert videos[1].file_names == ['v10/0.png', 'v10/1.png', 'v10/2.png']
    frames = list(videos[0].sampled_frames(2))
    assert [(index, image[0, 0, 0]) for index, image in frames] == [
        (0, 0),
        (2, 2),
    ]
    assert videos[0].describe()['width'] == 6


def test_one_folder_of_frames_is_one_video(tmp_path):
    write_frame(tmp_path / 'clip/0.png')
    (video,) = find_source_videos(tmp_path / 'clip')
    assert (video.name, video.file_names) == ('clip', ['0.png'])


def test_video_file_becomes_frames(tmp_path):
    with VideoWriter(tmp_path / 'in/film.mp4', 10) as writer:
        for index in range(5):
            frame = np.full((32, 48, 3), 40 * index, np.uint8)
            writer.add(frame, index / 10)
    with pytest.raises(UserError, match='give frames_dir'):
        find_source_videos(tmp_path / 'in')
    (video,) = find_source_videos(
        tmp_path / 'in', frames_dir=tmp_path / 'out.frames'
    )
    before = video.fingerprint, video.length_hint
    indices = [index for index, _ in video.sampled_frames(2)]
    assert indices == [0, 1, 2]  # only these are frames of the label file
    assert video.file_names[1] == '../out.frames/film/00002.jpg'
    for name in video.file_names:
        assert (tmp_path / 'in' / name).is_file()
    assert (video.fingerprint, video.length_hint) == before == (before[0], 5)


def test_list_of_an_annotation_file_without_its_annotations(tmp_path):
    """The annotations are broken on purpose."""
    videos = [
        dict(id=7, width=6, height=4, file_names=['a/x/0.png', 'a/x/1.png']),
        dict(id=3, width=6, height=4, file_names=['b/x/0.png']),
        dict(id=4, width=6, height=4, file_names=['pool/p.png']),
        dict(id=5, width=6, height=4, file_names=['pool/q.png']),
    ]
    path = tmp_path / 'l.json'
    path.write_text(json.dumps(dict(videos=videos, annotations='nonsense')))
    found = find_source_videos(tmp_path / 'frames', path)
    assert [(one.id, one.name) for one in found] == [
        (7, 'a__x'),
        (3, 'b__x'),
        (4, 'pool__p'),
        (5, 'pool__q'),
    ]
    write_frame(tmp_path / 'frames/b/x/0.png', size=(5, 6))
    with pytest.raises(VideoError, match=r'is 6x5; expected 6x4'):
        list(found[1].sampled_frames(1))


def test_names_that_differ_in_case_only_are_told_apart(tmp_path):
    videos = [
        dict(id=n, width=6, height=4, file_names=[f'{name}/0.png'])
        for n, name in enumerate(('Dog', 'dog', 'dog-2'), 1)
    ]
    path = tmp_path / 'l.json'
    path.write_text(json.dumps(dict(videos=videos)))
    names = [one.name for one in find_source_videos(tmp_path, path)]
    assert names == ['Dog', 'dog-2', 'dog-2-2']


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ({}, 'no usable list'),
        ({'videos': []}, 'no video'),
        ({'videos': [{'id': 1}]}, 'no usable list'),
        (
            {
                'videos': [dict(id=1, width=1, height=1, file_names=['a/b'])]
                * 2
            },
            'video id 1 twice',
        ),
    ],
)
def test_unusable_list_is_refused(tmp_path, content, message):
    path = tmp_path / 'l.json'
    path.write_text(json.dumps(content))
    with pytest.raises(UserError, match=message):
        find_source_videos(tmp_path, path)


def test_folder_without_frames_and_frames_of_two_sizes(tmp_path):
    (tmp_path / 'empty').mkdir()
    write_frame(tmp_path / 'mixed/0.png')
    write_frame(tmp_path / 'mixed/1.png', size=(4, 7))
    empty, mixed = find_source_videos(tmp_path)
    with pytest.raises(VideoError, match='no frame of video'):
        list(empty.sampled_frames(1))
    with pytest.raises(VideoError, match=r'1\.png is 7x4; expected 6x4'):
        list(mixed.sampled_frames(1))
