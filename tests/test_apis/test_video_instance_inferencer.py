"""Prediction from Python: exact, complete, repeatable, nothing half done."""

import errno
import json
import os

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_minvis import build_tiny_minvis
from tiny_prediction import (
    CAT_IDS,
    CLASSES,
    SIZE,
    moving_squares,
    write_frames,
    write_model,
    write_video,
)

from mmselfshot.apis import VideoInstanceInferencer, check_masks
from mmselfshot.structures import decode_mask
from mmselfshot.utils import UserError
from mmselfshot.utils.video_io import VideoFile

THR = 0.02  # random weights give low scores


@pytest.fixture(scope='module')
def model_files(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp('model'))


@pytest.fixture
def predict(model_files):
    return VideoInstanceInferencer(*model_files, device='cpu', score_thr=THR)


def files_of(folder):
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob('*')
        if path.is_file()
    )


def test_same_tracks_as_the_data_set_and_the_model_give(
    predict, model_files, tmp_path
):
    """What tools/test.py does: data set, preprocessor, predict."""
    from mmengine.config import Config

    from mmselfshot.registry import DATASETS

    images = moving_squares(5)
    write_frames(tmp_path / 'clip', images)
    content = dict(
        categories=[dict(id=i, name=n) for i, n in zip(CAT_IDS, CLASSES)],
        videos=[
            dict(
                id=1,
                height=SIZE[0],
                width=SIZE[1],
                length=5,
                file_names=[f'clip/{t:05d}.png' for t in range(5)],
            )
        ],
        annotations=None,
    )
    (tmp_path / 'labels.json').write_text(json.dumps(content))
    cfg = Config.fromfile(model_files[0])
    settings = dict(
        cfg.test_dataloader.dataset,
        data_root=str(tmp_path),
        _scope_='mmselfshot',
    )
    dataset = DATASETS.build(settings)
    assert len(dataset) == 3  # windows of 2
    model = build_tiny_minvis(seed=0).eval()
    for index in range(3):
        sample = dataset[index]
        data = model.data_preprocessor(
            dict(
                inputs=[sample['inputs']],
                data_samples=[sample['data_samples']],
            )
        )
        with torch.no_grad():
            (answer,) = model(**data, mode='predict')
    expected = answer.pred_tracks
    found, size = predict.predict_tracks(images)
    assert size == SIZE
    assert len(found) == 10
    assert torch.equal(found.scores, expected.scores)
    assert torch.equal(found.labels, expected.labels)
    assert found.segmentations == expected.segmentations
    assert any(rle for track in found.segmentations for rle in track)


def test_window_changes_nothing_but_rounding(predict, model_files):
    images = moving_squares(5)
    whole = VideoInstanceInferencer(*model_files, device='cpu', window=5)
    one, _ = predict.predict_tracks(images)
    other, _ = whole.predict_tracks(images)
    assert torch.allclose(one.scores, other.scores, atol=1e-5)
    assert torch.equal(one.slots, other.slots)


def test_files_of_a_video_agree_with_each_other(predict, tmp_path):
    images = moving_squares(4, (50, 61))
    path = write_video(tmp_path / 'in' / 'a.mp4', images, fps=8)
    (result,) = predict(path, tmp_path / 'out')
    folder = tmp_path / 'out' / 'a'
    names = [f'{t:05d}' for t in range(4)]
    assert files_of(tmp_path / 'out') == [
        'a/film.mp4',
        *(f'a/masks/{name}.png' for name in names),
        'a/results.json',
        'a/video.json',
        'results.json',
    ]
    entries = json.loads((folder / 'results.json').read_text())
    assert len(entries) >= 2
    assert entries == json.loads((tmp_path / 'out/results.json').read_text())
    assert result.entries == entries
    size = 50, 62  # padded to even by the writer
    scores = [entry['score'] for entry in entries]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) >= THR
    for number, entry in enumerate(entries, 1):
        assert entry['track_id'] == number
        label = CAT_IDS.index(entry['category_id'])
        assert entry['category_name'] == CLASSES[label]
        assert (entry['video_id'], entry['video_name']) == (1, 'a')
    for t, name in enumerate(names):
        picture = Image.open(folder / 'masks' / f'{name}.png')
        assert picture.mode == 'P'
        numbers = np.array(picture)
        assert numbers.shape == size
        for entry in entries:
            mask = decode_mask(entry['segmentations'][t], *size)
            assert ((numbers == entry['track_id']) == mask).all()
        known = [0] + [entry['track_id'] for entry in entries]
        assert np.isin(numbers, known).all()
    assert check_masks(folder) == 4
    video = json.loads((folder / 'video.json').read_text())
    assert (video['height'], video['width']) == size
    assert video['times'] == pytest.approx([0, 0.125, 0.25, 0.375])
    frames = list(VideoFile(folder / 'film.mp4').frames())
    assert [frame.time for frame in frames] == pytest.approx(video['times'])


def test_check_finds_a_changed_pixel(predict, tmp_path):
    write_frames(tmp_path / 'a', moving_squares(2))
    predict(tmp_path / 'a', tmp_path / 'out')
    path = tmp_path / 'out' / 'a' / 'masks' / '00001.png'
    picture = Image.open(path)
    picture.putpixel((3, 4), (picture.getpixel((3, 4)) + 1) % 3)
    picture.save(path)
    with pytest.raises(UserError, match=r'00001\.png differs'):
        check_masks(tmp_path / 'out' / 'a')


def test_without_a_place_results_are_returned_only(predict, tmp_path):
    write_frames(tmp_path / 'a', moving_squares(2))
    (result,) = predict(tmp_path / 'a')
    assert result.folder is None
    assert result.entries
    assert os.listdir(tmp_path) == ['a']


def test_films_and_pictures_can_be_left_out(predict, tmp_path):
    write_frames(tmp_path / 'a', moving_squares(2))
    predict(tmp_path / 'a', tmp_path / 'out', film=False, masks=False)
    assert files_of(tmp_path / 'out') == [
        'a/results.json',
        'a/video.json',
        'results.json',
    ]


@pytest.fixture
def pool(tmp_path):
    pool = tmp_path / 'pool'
    for seed, name in enumerate(['v1', 'v2', 'v10']):
        write_frames(pool / name, moving_squares(3, seed=seed))
    return pool


def test_second_run_keeps_what_is_finished(predict, pool, tmp_path):
    out = tmp_path / 'out'
    lines = []
    first = predict(pool, out, report=lines.append)
    before = {name: (out / name).stat().st_mtime_ns for name in files_of(out)}
    joint = (out / 'results.json').read_text()
    second = predict(pool, out, report=lines.append)
    assert not lines
    assert [one.is_reused for one in first] == [False] * 3
    assert [one.is_reused for one in second] == [True] * 3
    assert [one.entries for one in first] == [one.entries for one in second]
    for name in files_of(out):
        if name != 'results.json':
            assert (out / name).stat().st_mtime_ns == before[name]
    assert (out / 'results.json').read_text() == joint
    ids = [entry['video_id'] for entry in json.loads(joint)]
    assert sorted(set(ids)) == [1, 2, 3]
    assert [one.name for one in first] == ['v1', 'v2', 'v10']


def test_other_options_model_or_video_are_made_anew(
    predict, model_files, pool, tmp_path
):
    out = tmp_path / 'out'
    predict(pool, out)
    (out / 'v1' / 'note.txt').write_text('of the user')
    image = Image.open(pool / 'v2' / '00000.png')
    image.rotate(180).save(pool / 'v2' / '00000.png')
    (pool / 'v2' / '00002.png').unlink()
    lines = []
    again = predict(pool, out, report=lines.append)
    assert [one.is_reused for one in again] == [True, False, True]
    assert len(lines) == 1 and 'v2' in lines[0] and 'anew' in lines[0]
    assert check_masks(out / 'v2') == 2
    assert 'v2/masks/00002.png' not in files_of(out)

    other = VideoInstanceInferencer(*model_files, 'cpu', score_thr=THR / 2)
    assert not any(one.is_reused for one in other(pool, out))
    config, checkpoint = write_model(tmp_path / 'other', seed=1)
    other = VideoInstanceInferencer(config, checkpoint, 'cpu', score_thr=THR)
    assert not any(one.is_reused for one in other(pool, out))
    assert (out / 'v1' / 'note.txt').read_text() == 'of the user'


def test_other_rate_makes_folders_of_frames_anew_but_no_files(
    predict, tmp_path
):
    write_frames(tmp_path / 'in' / 'a', moving_squares(3))
    write_video(tmp_path / 'in' / 'b.mp4', moving_squares(3))

    def is_reused(fps):
        return [
            one.is_reused for one in predict(tmp_path / 'in', out, fps=fps)
        ]

    out = tmp_path / 'out'
    assert is_reused(None) == [False, False]
    assert is_reused(6) == [True, True]  # 6 is the default
    assert is_reused(2) == [False, True]
    video = json.loads((out / 'a' / 'video.json').read_text())
    assert video['times'] == [0, 0.5, 1]
    assert is_reused(2) == [True, True]


def test_new_video_shifts_ids_but_keeps_the_work(predict, pool, tmp_path):
    out = tmp_path / 'out'
    predict(pool, out)
    write_frames(pool / 'v0', moving_squares(2, seed=9))
    again = predict(pool, out)
    assert [one.is_reused for one in again] == [False, True, True, True]
    joint = json.loads((out / 'results.json').read_text())
    for entry in joint:
        names = {1: 'v0', 2: 'v1', 3: 'v2', 4: 'v10'}
        assert names[entry['video_id']] == entry['video_name']
    assert {e['video_id'] for e in again[1].entries} == {2}


@pytest.mark.parametrize('moment', ['predicting', 'filming'])
def test_interrupted_run_is_finished_by_the_next(
    predict, pool, tmp_path, monkeypatch, moment
):
    from mmselfshot.utils import video_io

    out = tmp_path / 'out'
    reads = {'predicting': 1, 'filming': 2}[moment]
    count = 0
    read_image = video_io.read_image

    def interrupted(path):
        nonlocal count
        count += str(path).endswith('v2/00001.png')
        if count == reads:
            raise KeyboardInterrupt
        return read_image(path)

    monkeypatch.setattr(video_io, 'read_image', interrupted)
    with pytest.raises(KeyboardInterrupt):
        predict(pool, out)
    assert sorted(os.listdir(out)) == ['v1']
    monkeypatch.undo()
    again = predict(pool, out)
    assert [one.is_reused for one in again] == [True, False, False]
    assert sorted(os.listdir(out)) == ['results.json', 'v1', 'v10', 'v2']
    for one in again:
        assert check_masks(one.folder) == 3


def test_full_disk_stops_at_once_and_leaves_nothing(
    predict, pool, tmp_path, monkeypatch
):
    replace = os.replace

    def full(source, target):
        if str(target).endswith('film.mp4'):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace(source, target)

    monkeypatch.setattr(os, 'replace', full)
    with pytest.raises(UserError, match='no disk space left'):
        predict(pool, tmp_path / 'out')
    assert files_of(tmp_path / 'out') == []
    assert os.listdir(tmp_path / 'out') == []


def test_bad_videos_are_named_and_the_others_done(predict, pool, tmp_path):
    (pool / 'text.mp4').write_text('not a video')
    (pool / 'bare').mkdir()
    cut = pool / 'v2' / '00001.png'
    cut.write_bytes(cut.read_bytes()[:500])
    results = predict(pool, tmp_path / 'out')
    errors = {one.name: one.error for one in results}
    assert list(errors) == ['bare', 'text', 'v1', 'v2', 'v10']
    assert errors['v1'] is None and errors['v10'] is None
    assert 'no frame in' in errors['bare']
    assert 'cannot be read as a video' in errors['text']
    assert '00001.png' in errors['v2']
    assert sorted(os.listdir(tmp_path / 'out')) == [
        'results.json',
        'v1',
        'v10',
    ]
    with pytest.raises(UserError, match='cannot be read as a video'):
        predict(pool / 'text.mp4', tmp_path / 'out2')
    assert files_of(tmp_path / 'out2') == []


def test_one_pixel_frames_give_an_empty_result(predict, tmp_path):
    pixel = np.full((1, 1, 3), 90, np.uint8)
    write_frames(tmp_path / 'dot', [pixel] * 3)
    (result,) = predict(tmp_path / 'dot', tmp_path / 'out')
    assert result.error is None
    assert result.entries == []
    assert check_masks(tmp_path / 'out' / 'dot') == 3
    assert json.loads((tmp_path / 'out' / 'results.json').read_text()) == []


def test_class_names_come_from_the_config_without_a_record(
    model_files, tmp_path
):
    from mmengine.config import Config

    bare = torch.load(model_files[1], weights_only=True)['state_dict']
    torch.save(bare, tmp_path / 'bare.pth')
    cfg = Config.fromfile(model_files[0])
    cfg.test_dataloader.dataset.classes = ['x', 'y', 'z']
    predict = VideoInstanceInferencer(cfg, tmp_path / 'bare.pth', 'cpu')
    assert predict.classes == ('x', 'y', 'z')
    assert predict.cat_ids == (1, 2, 3)
    del cfg.test_dataloader.dataset['classes']
    predict = VideoInstanceInferencer(
        cfg, tmp_path / 'bare.pth', 'cpu', score_thr=THR
    )
    track = predict.predict_video(moving_squares(2))[0]
    assert track.name == f'class {track.category_id}'


def test_unusable_arguments_are_one_line(model_files, predict, pool, tmp_path):
    config, checkpoint = model_files
    with pytest.raises(UserError, match='no checkpoint'):
        VideoInstanceInferencer(config, tmp_path / 'none.pth')
    with pytest.raises(UserError, match='no config'):
        VideoInstanceInferencer(tmp_path / 'none.py', checkpoint)
    with pytest.raises(UserError, match='no device'):
        VideoInstanceInferencer(config, checkpoint, device='tpu9')
    with pytest.raises(UserError, match='score_thr=30'):
        VideoInstanceInferencer(config, checkpoint, score_thr=30)
    torch.save({'weight': torch.zeros(3)}, tmp_path / 'other.pth')
    with pytest.raises(UserError, match='another model'):
        VideoInstanceInferencer(config, tmp_path / 'other.pth')
    with pytest.raises(UserError, match='lies in the input'):
        predict(pool, pool / 'out')
    (tmp_path / 'file').touch()
    with pytest.raises(UserError, match='cannot make the folder'):
        predict(pool, tmp_path / 'file' / 'out')


def test_video_that_is_cut_off_is_said(predict, tmp_path):
    path = write_video(tmp_path / 'a.mp4', moving_squares(12, (96, 96)))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 2 // 3])
    lines = []
    (result,) = predict(path, report=lines.append)
    assert 0 < result.num_frames < 12
    assert len(lines) == 1
    assert f'promises 12 frames, {result.num_frames} could be' in lines[0]
