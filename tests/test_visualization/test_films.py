"""Films of label files and result files, from the files to the pixels."""

import json

import numpy as np
import pytest
from PIL import Image

from mmselfshot.structures import encode_mask
from mmselfshot.utils import UserError
from mmselfshot.utils.video_io import VideoFile
from mmselfshot.visualization import write_films, write_label_films
from mmselfshot.visualization.palette import pascal_palette

SIZE = 96, 160
LENGTH = 5


def mask_at(left, top=20):
    mask = np.zeros(SIZE, dtype=bool)
    mask[top : top + 40, left : left + 40] = True
    return encode_mask(mask)


@pytest.fixture
def world(tmp_path):
    """Two videos; in the first, object 2 moves to the right."""
    for video in ('a', 'b'):
        folder = tmp_path / 'images' / video
        folder.mkdir(parents=True)
        for t in range(LENGTH):
            image = np.full((*SIZE, 3), 90, dtype=np.uint8)
            Image.fromarray(image).save(folder / f'{t}.png')
    still = [mask_at(100)] + [None] * (LENGTH - 1)
    moving = [mask_at(2 + 5 * t) for t in range(LENGTH)]
    labels = dict(
        categories=[dict(id=4, name='cat'), dict(id=9, name='dog')],
        videos=[
            dict(
                id=number,
                width=SIZE[1],
                height=SIZE[0],
                length=LENGTH,
                file_names=[f'{name}/{t}.png' for t in range(LENGTH)],
                **more,
            )
            for number, name, more in [
                (3, 'a', {}),
                (7, 'b', dict(labelled_frames=[1])),
            ]
        ],
        annotations=[
            dict(
                id=n,
                video_id=video,
                category_id=4,
                segmentations=masks,
                bboxes=[None] * LENGTH,
                areas=[None] * LENGTH,
                iscrowd=0,
            )
            for n, video, masks in [
                (1, 3, still),
                (2, 3, moving),
                (3, 7, still),
            ]
        ],
    )
    (tmp_path / 'labels.json').write_text(json.dumps(labels))
    return tmp_path


def results_of(moving_score=0.8):
    moving = [mask_at(2 + 5 * t) for t in range(LENGTH)]
    return [
        dict(video_id=3, category_id=9, score=0.05, segmentations=moving),
        dict(
            video_id=3,
            category_id=4,
            score=0.9,
            segmentations=[mask_at(60, 56)] * LENGTH,
        ),
        dict(
            video_id=3,
            category_id=4,
            score=moving_score,
            segmentations=moving,
        ),
    ]


def tint_at(image, y, x, factor=4):
    """Mean colour around a pixel of the original frame."""
    patch = image[y * factor + 1 : y * factor + 8, x * factor : x * factor + 8]
    return patch.reshape(-1, 3).mean(0)


def expected_tint(number):
    return 90 * 0.55 + pascal_palette()[number] * 0.45


def test_truth_left_prediction_right_with_matching_colours(world):
    (world / 'results.json').write_text(json.dumps(results_of()))
    films = write_films(
        world / 'results.json',
        world / 'labels.json',
        world / 'images',
        world / 'out',
        video_ids=[3],
    )
    assert [film.name for film in films] == ['3.mp4']
    frames = [frame.image for frame in VideoFile(films[0]).frames()]
    assert len(frames) == LENGTH
    width = SIZE[1] * 4
    for t, frame in enumerate(frames):
        left, right = frame[:, :width], frame[:, width + 6 :]
        x = 2 + 5 * t + 28
        for side in (left, right):
            # the moving object is number 2 of the truth on both sides
            assert np.abs(tint_at(side, 45, x) - expected_tint(2)).max() < 12
        # the other prediction follows nothing: the first free number
        assert np.abs(tint_at(right, 90, 65) - expected_tint(3)).max() < 12
        assert np.abs(tint_at(left, 90, 65) - 90).max() < 12
    with Image.open(world / 'out' / '3.png') as poster:
        assert poster.width == frames[0].shape[1]
        assert poster.height > 4 * SIZE[0] * 4


def test_without_truth_there_is_one_panel(world):
    films = write_films(
        results_of(),
        world / 'labels.json',
        world / 'images',
        world / 'out',
        gt=False,
    )
    assert [film.name for film in films] == ['3.mp4', '7.mp4']
    frame = next(VideoFile(films[0]).frames()).image
    assert frame.shape[1] == SIZE[1] * 4


def test_label_films_mark_labelled_frames_where_some_are_not(world):
    films = write_label_films(
        world / 'labels.json', world / 'images', world / 'out'
    )
    corners = {
        film.stem: [
            frame.image[2, 2].tolist() for frame in VideoFile(film).frames()
        ]
        for film in films
    }
    for t, corner in enumerate(corners['7']):
        is_yellow = corner[0] > 200 and corner[1] > 150 and corner[2] < 90
        assert is_yellow == (t == 1)
    assert all(max(corner) < 110 for corner in corners['3'])


def test_unknown_video_and_bad_frames_are_one_line(world):
    call = (results_of(), world / 'labels.json', world / 'images')
    with pytest.raises(UserError, match=r'no video 5 .* 3, 7'):
        write_films(*call, world / 'out', video_ids=[5])
    Image.new('RGB', (8, 8)).save(world / 'images' / 'a' / '3.png')
    with pytest.raises(UserError, match=r'3\.png is 8x8, its video 160x96'):
        write_films(*call, world / 'out', video_ids=[3])
    (world / 'images' / 'a' / '2.png').unlink()
    with pytest.raises(UserError, match=r'no frame .*2\.png'):
        write_films(*call, world / 'out', video_ids=[3])
    assert list((world / 'out').iterdir()) == []
