"""A whole world: same bytes, going on after a stop, layouts."""

import errno
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.datasets.toyvis import (
    jobs,
    make_options,
    make_world,
    world,
    writers,
)
from mmselfshot.structures import decode_mask
from mmselfshot.utils import UserError

SMALL = {
    'num_train': 4,
    'num_val': 2,
    'num_pool': 2,
    'num_davis_train': 1,
    'num_davis_val': 1,
    'num_stills_train': 4,
    'num_stills_val': 2,
    'height': 40,
    'width': 56,
    'num_frames': 5,
    'still_side': 48,
    'min_size': 12,
    'max_size': 20,
    'min_pixels': 10,
}
NUM_ITEMS = 16


def make_small(root: Path, **changes) -> dict[str, int]:
    settings = {'num_workers': 1, 'show_progress': False, **SMALL, **changes}
    return make_world(root, **settings)


def digest(root: Path) -> dict[str, str]:
    """Digest of every file, hidden ones too, by its place."""
    return {
        str(path.relative_to(root)): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in sorted(root.rglob('*'))
        if path.is_file()
    }


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp('toyvis') / 'world'
    made = make_small(root, level='standard')
    assert sum(made.values()) == NUM_ITEMS
    return root


def test_bytes_do_not_depend_on_the_number_of_processes(root, tmp_path):
    make_small(tmp_path / 'b', level='standard', num_workers=3)
    assert digest(tmp_path / 'b') == digest(root)


def test_another_seed_is_another_world(root, tmp_path):
    make_small(tmp_path / 'b', level='standard', seed=1)
    there, here = digest(tmp_path / 'b'), digest(root)
    assert set(there) == set(here)
    same = {name for name in here if here[name] == there[name]}
    assert not any(name.endswith('.jpg') for name in same)


def test_no_file_beside_the_documented_ones(root):
    names = set(digest(root))
    patterns = {
        'train/JPEGImages/*/?????.jpg': 4 * 5,
        'val/JPEGImages/*/?????.jpg': 2 * 5,
        'pool/*/?????.jpg': 2 * 5,
        'davis/JPEGImages/480p/*/?????.jpg': 2 * 5,
        'davis/Annotations/480p/*/?????.png': 2 * 5,
        'davis/ImageSets/2017/*.txt': 2,
        'stills/train/?????.jpg': 4,
        'stills/val/?????.jpg': 2,
        'stills/*.json': 2,
        '*.json': 4,
    }
    for pattern, number in patterns.items():
        found = {str(path.relative_to(root)) for path in root.glob(pattern)}
        assert len(found) == number, pattern
        names -= found
    assert not names


@pytest.mark.parametrize('split', ['train', 'val'])
def test_label_file_agrees_with_the_painted_masks(root, split):
    labels = LabelFile.load(root / f'{split}.json')
    options = make_options('standard', **SMALL)
    assert [c['name'] for c in labels.categories] == list(options.kinds)
    assert list(labels.videos) == list(range(1, SMALL[f'num_{split}'] + 1))
    ids = [a['id'] for v in labels.annotations.values() for a in v]
    assert ids == list(range(1, len(ids) + 1))
    for video_id, video in labels.videos.items():
        frames, masks, kinds = jobs.make_video(
            options, 'standard', 0, split, video_id - 1
        )
        annotations = labels.annotations[video_id]
        named = [labels.categories[a['category_id'] - 1] for a in annotations]
        assert [category['name'] for category in named] == kinds
        for annotation, mask in zip(annotations, masks):
            check_annotation(annotation, mask)
        paths = [root / split / 'JPEGImages' / n for n in video['file_names']]
        for path, frame in zip(paths, frames, strict=True):
            error = np.array(Image.open(path)).astype(int) - frame
            assert np.abs(error).mean() < 10


def check_annotation(annotation, masks):
    """Pixel by pixel; null if and only if there is no pixel."""
    rows_of = zip(
        annotation['segmentations'],
        annotation['areas'],
        annotation['bboxes'],
        masks,
        strict=True,
    )
    for segmentation, area, box, mask in rows_of:
        nothing = [segmentation is None, area is None, box is None]
        assert nothing == [not mask.any()] * 3
        if mask.any():
            decoded = decode_mask(segmentation, *mask.shape)
            np.testing.assert_array_equal(decoded, mask)
            rows, columns = np.nonzero(mask)
            assert area == len(rows) >= SMALL['min_pixels']
            corner = [columns.min(), rows.min()]
            sides = [np.ptp(columns) + 1, np.ptp(rows) + 1]
            assert box == corner + sides


def test_davis_masks_and_lists(root):
    options = make_options('standard', **SMALL)
    for split in ('train', 'val'):
        path = root / f'davis/ImageSets/2017/{split}.txt'
        (name,) = path.read_text().split()
        _, masks, _ = jobs.make_video(
            options, 'standard', 0, f'davis_{split}', 0
        )
        for t in range(5):
            picture = root / f'davis/Annotations/480p/{name}/{t:05d}.png'
            owner = np.array(Image.open(picture))
            for number, mask in enumerate(masks, 1):
                np.testing.assert_array_equal(owner == number, mask[t])
            assert (
                root / f'davis/JPEGImages/480p/{name}/{t:05d}.jpg'
            ).exists()


def test_stills_file(root):
    content = json.loads((root / 'stills/train.json').read_text())
    names = {c['id']: c['name'] for c in content['categories']}
    images = {image['id']: image for image in content['images']}
    assert list(images) == [1, 2, 3, 4]
    assert {a['image_id'] for a in content['annotations']} == set(images)
    for number, entry in enumerate(content['annotations'], 1):
        image = images[entry['image_id']]
        assert entry['id'] == number
        assert names[entry['category_id']] == entry['kind']
        assert entry['kind'] in image['caption'].split()
        picture = Image.open(root / 'stills/train' / image['file_name'])
        assert picture.size == (image['width'], image['height']) == (48, 48)


def test_split_parts_the_kinds(root):
    split = json.loads((root / 'split.json').read_text())
    kinds = make_options('standard').kinds
    assert sorted(split['seen'] + split['unseen']) == sorted(kinds)
    assert len(split['unseen']) == 6
    for name in ('seen', 'unseen'):
        assert [kinds[k - 1] for k in split[f'{name}_ids']] == split[name]


def test_world_file_says_how_it_was_made(root):
    content = json.loads((root / 'world.json').read_text())
    assert (content['level'], content['seed']) == ('standard', 0)
    assert content['is_finished'] is True
    assert content['options']['num_train'] == 4


def test_a_finished_world_is_left_alone(root):
    before = {path: path.stat().st_mtime_ns for path in root.rglob('*')}
    assert set(make_small(root, level='standard').values()) == {0}
    after = {path: path.stat().st_mtime_ns for path in root.rglob('*')}
    assert after == before


def test_an_interrupted_world_goes_on(root, tmp_path, monkeypatch):
    run_job, done = jobs.run_job, []

    def stop_at_sixth(job):
        if len(done) == 5:
            (job.root / 'stills/train').mkdir(parents=True)
            (job.root / 'stills/train/.00000.77.part.jpg').touch()
            (job.root / f'pool/.{job.name}.part').mkdir(parents=True)
            raise KeyboardInterrupt
        done.append(job)
        run_job(job)

    monkeypatch.setattr(world, 'run_job', stop_at_sixth)
    with pytest.raises(KeyboardInterrupt):
        make_small(tmp_path / 'b', level='standard')
    assert not (tmp_path / 'b/train.json').exists()
    monkeypatch.undo()
    made = make_small(tmp_path / 'b', level='standard')
    assert sum(made.values()) == NUM_ITEMS - 5
    assert digest(tmp_path / 'b') == digest(root)


def test_a_damaged_world_is_made_again(root, tmp_path):
    make_small(tmp_path / 'b', level='standard')
    next((tmp_path / 'b/val').rglob('*.jpg')).unlink()
    make_small(tmp_path / 'b', level='standard')
    assert digest(tmp_path / 'b') == digest(root)


def test_other_options_are_refused_or_overwrite(root, tmp_path):
    few = {'num_pool': 0, 'num_stills_train': 0, 'num_davis_train': 0}
    make_small(tmp_path, noise=1, **few)
    with pytest.raises(UserError, match=r'\(noise is 1.0, wanted 2.0\)'):
        make_small(tmp_path, noise=2, **few)
    with pytest.raises(UserError, match=r'easy .* standard .* --overwrite'):
        make_small(tmp_path, level='standard')
    (tmp_path / 'notes.txt').touch()
    make_small(tmp_path, level='standard', overwrite=True)
    (tmp_path / 'notes.txt').unlink()
    assert digest(tmp_path) == digest(root)


@pytest.mark.parametrize('overwrite', [False, True])
def test_a_folder_of_other_things_is_never_touched(tmp_path, overwrite):
    (tmp_path / 'train').mkdir()
    with pytest.raises(UserError, match=r'holds no world\.json'):
        make_small(tmp_path, overwrite=overwrite)
    (tmp_path / 'world.json').write_text('{"planets": 8}')
    with pytest.raises(UserError, match='not of a ToyVIS world'):
        make_small(tmp_path, overwrite=overwrite)
    assert (tmp_path / 'train').is_dir()
    with pytest.raises(UserError, match='is a file'):
        make_small(tmp_path / 'world.json', overwrite=overwrite)


def test_seed_and_workers_are_checked(tmp_path):
    with pytest.raises(UserError, match='seed is -1'):
        make_small(tmp_path / 'b', seed=-1)
    with pytest.raises(UserError, match='0 workers'):
        make_small(tmp_path / 'b', num_workers=0)
    assert not (tmp_path / 'b').exists()


def test_full_disk_is_one_line_and_no_labels(tmp_path, monkeypatch):
    def save(*_, **__):
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(writers.Image.Image, 'save', save)
    with pytest.raises(UserError, match='no disk space left'):
        make_small(tmp_path)
    assert not list(tmp_path.glob('t*.json'))


def test_an_empty_world_is_a_world(tmp_path):
    nothing = {name: 0 for name in SMALL if name.startswith('num_')}
    make_small(tmp_path, **{**nothing, 'num_frames': 1})
    assert LabelFile.load(tmp_path / 'train.json').videos == {}
    assert set(
        make_small(tmp_path, **{**nothing, 'num_frames': 1}).values()
    ) == {0}
