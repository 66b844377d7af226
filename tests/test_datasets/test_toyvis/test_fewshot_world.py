"""A world of level `fewshot`: same bytes, going on, files and labels."""

import csv
import json

import pytest
from fewshot_worlds import NUM_TINY, TINY, make_fewshot
from PIL import Image
from test_toyvis_world import digest

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.datasets.toyvis import world as world_module
from mmselfshot.datasets.toyvis.fewshot.jobs import (
    LABELLED,
    make_fewshot_video,
)
from mmselfshot.datasets.toyvis.fewshot.kinds import make_kinds
from mmselfshot.datasets.toyvis.fewshot.plan import plan_split
from mmselfshot.datasets.toyvis.options import make_options
from mmselfshot.structures import decode_mask
from mmselfshot.utils import UserError


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp('fewshot') / 'world'
    assert sum(make_fewshot(root, TINY).values()) == NUM_TINY
    return root


def test_bytes_do_not_depend_on_the_number_of_processes(root, tmp_path):
    make_fewshot(tmp_path / 'b', TINY, num_workers=2)
    assert digest(tmp_path / 'b') == digest(root)


def test_an_interrupted_world_goes_on(root, tmp_path, monkeypatch):
    run, done = world_module.run_fewshot_job, []

    def stop_at_sixth(job):
        if len(done) == 5:
            raise KeyboardInterrupt
        done.append(job)
        run(job)

    monkeypatch.setattr(world_module, 'run_fewshot_job', stop_at_sixth)
    with pytest.raises(KeyboardInterrupt):
        make_fewshot(tmp_path / 'b', TINY)
    assert not (tmp_path / 'b/pool.csv').exists()
    monkeypatch.undo()
    made = make_fewshot(tmp_path / 'b', TINY)
    assert sum(made.values()) == NUM_TINY - 5
    assert digest(tmp_path / 'b') == digest(root)


def test_a_finished_world_is_left_alone_and_other_options_refused(root):
    assert set(make_fewshot(root, TINY).values()) == {0}
    with pytest.raises(UserError, match='--overwrite'):
        make_fewshot(root, TINY, noise=1)


def test_no_file_beside_the_documented_ones(root):
    names = set(digest(root))
    patterns = {'pool/*/?????.jpg': 20 * 4, 'stills/train/?????.jpg': 2}
    patterns |= {'stills/val/?????.jpg': 1, 'stills/*.json': 2}
    patterns |= {'pool.csv': 1, 'fewshot_*.json': 4, 'world.json': 1}
    patterns |= {'pool_truth.json': 1, 'split.json': 1}
    for split in LABELLED:
        number = TINY[f'num_{split}'] * 4
        patterns[f'fewshot_{split}/JPEGImages/*/?????.jpg'] = number
    for pattern, number in patterns.items():
        found = {str(path.relative_to(root)) for path in root.glob(pattern)}
        assert len(found) == number, pattern
        names -= found
    assert not names


def test_pool_list_and_truth_agree_and_only_the_truth_names_kinds(root):
    with open(root / 'pool.csv', newline='') as file:
        head, *rows = csv.reader(file)
    assert head == ['path', 'start', 'end', 'source']
    truth = json.loads((root / 'pool_truth.json').read_text())['clips']
    assert [[c['name'], '', '', c['source']] for c in truth] == rows
    assert [row[0] for row in rows] == [
        f'pool/clip_{n:05d}' for n in range(20)
    ]
    for row in rows:
        assert len(list((root / row[0]).glob('*.jpg'))) == 4
    sources = {}
    for clip in truth:
        sources.setdefault(clip['source'], []).append(clip)
    assert {len(clips) for clips in sources.values()} == {2}
    for one, other in sources.values():  # the same is shown, not the same way
        for key in ('category_ids', 'target_ids', 'scene'):
            assert one[key] == other[key]
        frames = [root / clip['name'] / '00000.jpg' for clip in (one, other)]
        assert frames[0].read_bytes() != frames[1].read_bytes()


@pytest.mark.parametrize('split', LABELLED)
def test_label_file_agrees_with_the_painted_masks(root, split):
    labels = LabelFile.load(root / f'fewshot_{split}.json')
    options = make_options('fewshot', **TINY)
    assert tuple(c['name'] for c in labels.categories) == (
        make_kinds(options).names
    )
    plan = plan_split(options, 0, split)[0]
    spec, _, masks = make_fewshot_video(options, 0, split, 0, plan)
    video, annotations = labels.videos[1], labels.annotations[1]
    assert video['target_ids'] == [kind.number + 1 for kind in plan.targets]
    assert video['scene'] == plan.scene
    assert len(annotations) == len(spec.movers) >= 2
    for one, mover, mask in zip(annotations, spec.movers, masks):
        assert one['category_id'] == mover.kind.number + 1
        assert one['is_target'] == mover.is_target
        for rle, frame in zip(one['segmentations'], mask):
            if rle is None:
                assert not frame.any()
            else:
                assert (decode_mask(rle, *frame.shape) == frame).all()
    frame = root / f'fewshot_{split}/JPEGImages' / video['file_names'][0]
    assert Image.open(frame).size == (64, 48)


def test_stills_have_looks_of_seen_kinds_as_classes(root):
    table = make_kinds(make_options('fewshot', **TINY))
    stills = json.loads((root / 'stills/train.json').read_text())
    names = {one['id']: one['name'] for one in stills['categories']}
    assert set(names.values()) == {k.look for k in table.group(False)}
    captions = {one['id']: one['caption'] for one in stills['images']}
    scenes = {one['background'] for one in stills['images']}
    assert scenes <= set(table.scenes_seen)
    for one in stills['annotations']:
        assert names[one['category_id']] == one['kind']
        assert one['kind'] in captions[one['image_id']].split()


def test_the_split_is_the_same_in_every_world(root):
    split = json.loads((root / 'split.json').read_text())
    table = make_kinds(make_options('fewshot', **TINY))
    assert split['unseen'] == [kind.name for kind in table.group(True)]
    assert [split['kinds'][k - 1]['name'] for k in split['seen_ids']] == (
        split['seen']
    )
    other = make_kinds(make_options('fewshot', **TINY, split_seed=1))
    assert other.group(True) != table.group(True)
