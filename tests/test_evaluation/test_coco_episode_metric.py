"""AP50 of image episodes: each image and class is asked for on its own."""

import json

import numpy as np
import pytest
from PIL import Image

from mmselfshot.datasets.coco_episode_dataset import CocoEpisodeDataset
from mmselfshot.evaluation import CocoEpisodeMetric
from mmselfshot.structures import encode_mask
from mmselfshot.utils import UserError

HEIGHT, WIDTH = 10, 20
# of split 2 are 2 and 6; image 4 shows both
IMAGES = {1: (2,), 2: (2,), 3: (2, 1), 4: (2, 6), 5: (6,)}


def square(left, top=2):
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[top : top + 4, left : left + 4] = True
    return mask


def corners(left, top=2):
    return [left, top, left + 4, top, left + 4, top + 4, left, top + 4]


@pytest.fixture
def content():
    """Of each image a square at column 2 for its first class, 12 then."""
    return {
        'categories': [{'id': n, 'name': f'class{n}'} for n in range(1, 9)],
        'images': [
            {
                'id': n,
                'file_name': f'{n:03d}.png',
                'width': WIDTH,
                'height': HEIGHT,
            }
            for n in IMAGES
        ],
        'annotations': [
            {
                'id': 10 * n + place,
                'image_id': n,
                'category_id': kind,
                'iscrowd': 0,
                'segmentation': [corners(2 + 10 * place)],
            }
            for n, kinds in IMAGES.items()
            for place, kind in enumerate(kinds)
        ],
    }


def score(root, content, predict):
    """Numbers of masks and scores that `predict(image, class)` gives."""
    path = root / 'instances.json'
    path.write_text(json.dumps(content))
    for n in IMAGES:
        Image.fromarray(np.zeros((HEIGHT, WIDTH, 3), np.uint8)).save(
            root / f'{n:03d}.png'
        )
    dataset = CocoEpisodeDataset(
        ann_file=str(path),
        data_prefix={'img': str(root)},
        split=2,
        test_mode=True,
        pipeline=[dict(type='PackEpisode')],
    )
    metric = CocoEpisodeMetric(str(path))
    metric.dataset_meta = dataset.metainfo
    for n in range(len(dataset)):
        meta = dataset[n]['data_samples'].metainfo
        found = predict(meta['label_video_id'], *meta['category_ids'])
        tracks = {
            'labels': np.array([meta['labels'][0]] * len(found)),
            'scores': np.array([one for _, one in found]),
            'segmentations': [[encode_mask(mask)] for mask, _ in found],
        }
        metric.process(
            None, [{'video_id': meta['video_id'], 'pred_tracks': tracks}]
        )
    return metric.evaluate(len(dataset))


def place_of(image, kind):
    return 2 + 10 * IMAGES[image].index(kind)


def test_perfect_masks_are_worth_one(tmp_path, content):
    numbers = score(
        tmp_path,
        content,
        lambda image, kind: [(square(place_of(image, kind)), 0.5)],
    )
    assert numbers['vis/class_mean_AP50'] == pytest.approx(1)
    assert numbers['vis/fgbg_AP50'] == pytest.approx(1)


def test_class_mean_by_hand(tmp_path, content):
    """Class 2 has 4 images: right, wrong, right, none by falling score.

    Precision is 1 up to a recall of 1/4 (26 of 101 points) and 2/3 up to
    1/2 (25 points). Class 6 has 2 images, both right.
    """
    answers = {
        (1, 2): [(square(2), 0.9)],
        (2, 2): [(square(14), 0.8)],
        (3, 2): [(square(2), 0.7)],
        (4, 2): [],
        (4, 6): [(square(12), 0.3)],
        (5, 6): [(square(2), 0.2)],
    }
    numbers = score(tmp_path, content, lambda *asked: answers[asked])
    of_2 = (26 + 25 * 2 / 3) / 101
    assert numbers['vis/class_mean_AP50'] == pytest.approx((of_2 + 1) / 2)
    # the other class of image 4 is not what is asked for
    answers[4, 2] = answers[4, 6]
    numbers = score(tmp_path, content, lambda *asked: answers[asked])
    assert numbers['vis/class_mean_AP50'] == pytest.approx((of_2 + 1) / 2)


def test_half_an_overlap_counts_and_less_does_not(tmp_path, content):
    """Moved by one of four columns the IoU is 12 / 20, by two 8 / 24."""
    for shift, wanted in ((1, 1.0), (2, 0.0)):
        numbers = score(
            tmp_path,
            content,
            lambda image, kind, shift=shift: [
                (square(place_of(image, kind) + shift), 0.5)
            ],
        )
        assert numbers['vis/class_mean_AP50'] == pytest.approx(wanted)


def test_masks_in_a_crowd_are_neither_right_nor_wrong(tmp_path, content):
    def answer(image, kind):
        found = [(square(place_of(image, kind)), 0.5)]
        return [*found, (square(15), 0.9)] if image == 1 else found

    numbers = score(tmp_path, content, answer)
    assert numbers['vis/class_mean_AP50'] < 1
    crowd = np.zeros((HEIGHT, WIDTH), np.uint8)
    crowd[:, 14:] = 1
    flat = crowd.T.ravel().tolist()
    content['annotations'].append(
        {
            'id': 99,
            'image_id': 1,
            'category_id': 2,
            'iscrowd': 1,
            'segmentation': {
                'size': [HEIGHT, WIDTH],
                'counts': [flat.count(0), flat.count(1)],
            },
        }
    )
    numbers = score(tmp_path, content, answer)
    assert numbers['vis/class_mean_AP50'] == pytest.approx(1)


def test_another_file_is_one_line(tmp_path):
    path = tmp_path / 'other.json'
    path.write_text('{"videos": []}')
    with pytest.raises(UserError, match='holds no COCO instances'):
        CocoEpisodeMetric(str(path))
