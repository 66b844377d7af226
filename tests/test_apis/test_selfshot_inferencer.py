"""Prediction with supports: exact, bounded, repeatable, resumable."""

import json
import shutil
import weakref

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_prediction import (
    moving_squares,
    write_frames,
    write_model,
    write_video,
)
from tiny_selfshot import build_tiny
from tiny_selfshot_files import write_selfshot
from torch.nn.functional import interpolate

from mmselfshot.apis import (
    QuerySupports,
    SelfShotInferencer,
    VideoInstanceInferencer,
    check_masks,
)
from mmselfshot.datasets.pool_clip import PoolClip
from mmselfshot.utils import UserError

THR = 0.05


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    return write_selfshot(tmp_path_factory.mktemp('selfshot'))


def predictor(files, supports=None, **options):
    return SelfShotInferencer(
        *files, supports, device='cpu', score_thr=THR, **options
    )


def clip_of(path):
    return PoolClip(path.name, path, path.name)


def network_input(frames):
    """(T, H, W, 3) to (1, T, 3, 32, 48), normalised."""
    clip = torch.from_numpy(np.stack(frames)).permute(0, 3, 1, 2)
    clip = interpolate(clip, (32, 48), mode='bilinear', antialias=True)
    mean = torch.tensor([123.675, 116.28, 103.53]).view(-1, 1, 1)
    std = torch.tensor([58.395, 57.12, 57.375]).view(-1, 1, 1)
    return ((clip - mean) / std)[None]


def test_same_tracks_as_the_model_gives(files, tmp_path):
    """A support of 5 frames is seen by its frames 1 and 3."""
    query, support = moving_squares(7), moving_squares(5, seed=3)
    folder = write_frames(tmp_path / 's', support)
    found, size = predictor(files).predict_tracks(query, [clip_of(folder)])
    model = build_tiny()
    model.start_video(network_input([support[1], support[3]])[:, None])
    model.add_frames(network_input(query)[0], (32, 48), size)
    wanted = model.finish_video()
    torch.testing.assert_close(found.scores, wanted.scores)
    assert found.segmentations == wanted.segmentations
    assert size == query[0].shape[:2]
    other, _ = predictor(files).predict_tracks(query)
    assert not torch.equal(found.scores, other.scores)


def test_stills_are_supports_of_one_frame_and_queries_of_one(files, tmp_path):
    image = moving_squares(1)[0]
    still = tmp_path / 'still.png'
    Image.fromarray(image).save(still)
    predict = predictor(files, QuerySupports([still, still]))
    clips = predict.pipeline.read_supports([clip_of(still)] * 2)
    assert [len(one) for one in clips] == [1, 1]
    film = write_video(tmp_path / 'film.mp4', moving_squares(4))
    clips = predict.pipeline.read_supports([clip_of(still), clip_of(film)])
    assert [len(one) for one in clips] == [2, 2]
    (result,) = predict(still, tmp_path / 'out')
    assert result.num_frames == 1
    assert result.entries[0]['supports'] == ['still', 'still']
    assert check_masks(tmp_path / 'out' / 'still') == 1


def test_memory_holds_few_frames_of_a_long_query(files):
    """Images that are alive, and frames that the model has, of 60."""
    predict = predictor(files)
    alive: set[int] = set()
    most_alive = most_held = 0

    def stream():
        nonlocal most_alive, most_held
        for number, frame in enumerate(moving_squares(1) * 60):
            image = frame.copy()
            alive.add(number)
            weakref.finalize(image, alive.discard, number)
            most_alive = max(most_alive, len(alive))
            storages = {
                one.untyped_storage().data_ptr(): one.untyped_storage()
                for one in predict.model.cutter._frames
            }
            num_bytes = sum(one.nbytes() for one in storages.values())
            most_held = max(most_held, num_bytes // (3 * 32 * 48 * 4))
            yield image
            del image

    found, _ = predict.predict_tracks(stream())
    assert len(found.segmentations[0]) == 60
    assert most_alive <= 2 * 3  # windows of 3 frames
    assert 3 <= most_held <= 2 * 3


def test_supports_are_encoded_once_for_all_queries(files, tmp_path):
    for name in 'ab':
        write_frames(tmp_path / 'in' / name, moving_squares(6))
    support = write_frames(tmp_path / 's', moving_squares(3, seed=5))
    predict = predictor(files, QuerySupports([support]))
    predict(tmp_path / 'in')
    cache = predict.model.cached_encoder.cache
    assert (cache.num_misses, cache.num_hits) == (1, 1)


def test_files_tell_the_supports(files, tmp_path):
    query = write_video(tmp_path / 'query.mp4', moving_squares(5))
    support = write_frames(tmp_path / 'cat', moving_squares(3, seed=5))
    lines = []
    predict = predictor(files, QuerySupports([support]))
    (result,) = predict(query, tmp_path / 'out', report=lines.append)
    assert lines == ['query: supports cat']
    folder = tmp_path / 'out' / 'query'
    assert sorted(path.name for path in folder.iterdir()) == [
        *('film.mp4', 'masks', 'results.json', 'supports.html'),
        'video.json',
    ]
    assert len(result.entries) > 0
    for entry in json.loads((tmp_path / 'out/results.json').read_text()):
        assert entry['supports'] == ['cat']
        assert entry['category_name'] == 'object'
        assert len(entry['segmentations']) == 5
    (described,) = json.loads((folder / 'video.json').read_text())['supports']
    assert described['path'] == str(support)
    assert described['similarity'] is None
    page = (folder / 'supports.html').read_text()
    assert page.count('<img') == 2 and '1. cat' in page
    assert check_masks(folder) == 5


def test_work_is_kept_while_supports_are_the_same(files, tmp_path):
    write_frames(tmp_path / 'in' / 'a', moving_squares(2))
    cat = write_frames(tmp_path / 'cat', moving_squares(3, seed=5))
    dog = write_frames(tmp_path / 'dog', moving_squares(3, seed=6))
    out = tmp_path / 'out'

    def is_reused(*supports, **options):
        lines.clear()
        predict = predictor(files, QuerySupports(supports), **options)
        (one,) = predict(tmp_path / 'in', out, report=lines.append)
        return one.is_reused

    lines: list[str] = []
    assert not is_reused(cat)
    assert is_reused(cat) and lines == []
    assert not is_reused(cat, dog)
    assert 'supports or options; it is made anew' in lines[0]
    assert is_reused(cat, dog)
    write_frames(dog, moving_squares(3, seed=7))
    assert not is_reused(cat, dog)
    assert not is_reused()
    assert not is_reused(window=2)


def test_window_is_an_option(files):
    predict = predictor(files, window=2)
    assert predict.model.cutter.length == 2
    with pytest.raises(UserError, match='slots for 3'):
        predictor(files, window=9)


def test_broken_support_fails_its_query_only_by_name(files, tmp_path):
    query = write_frames(tmp_path / 'a', moving_squares(2))
    cat = write_frames(tmp_path / 'cat', moving_squares(3, seed=5))
    predict = predictor(files, QuerySupports([cat]))
    broken = cat / '00002.png'
    broken.write_bytes(broken.read_bytes()[:100])
    with pytest.raises(UserError, match=r'cat.00002\.png cannot be read'):
        predict(query, tmp_path / 'out')
    assert not any(one.is_file() for one in (tmp_path / 'out').rglob('*'))


def test_supports_of_another_size_need_a_resize(tmp_path):
    files = write_selfshot(tmp_path, pipeline=[dict(type='PackEpisode')])
    query = write_frames(tmp_path / 'a', moving_squares(2, (32, 48)))
    cat = write_frames(tmp_path / 'cat', moving_squares(2, (40, 48)))
    with pytest.raises(UserError, match=r'cat is 48x40.*ResizeEpisode'):
        predictor(files, QuerySupports([cat]))(query)


def test_one_pixel_queries_have_a_result(files, tmp_path):
    pixel = np.full((1, 1, 3), 90, np.uint8)
    write_frames(tmp_path / 'dot', [pixel] * 3)
    (result,) = predictor(files)(tmp_path / 'dot', tmp_path / 'out')
    assert result.error is None
    assert check_masks(tmp_path / 'out' / 'dot') == 3


def test_models_and_inferencers_that_do_not_fit_are_one_line(files, tmp_path):
    with pytest.raises(UserError, match='--pool INDEX, --supports VIDEOS'):
        VideoInstanceInferencer(*files, device='cpu')
    with pytest.raises(UserError, match='builds MinVIS, which takes no'):
        SelfShotInferencer(*write_model(tmp_path), device='cpu')


def test_without_fuser_supports_are_refused(tmp_path):
    files = write_selfshot(tmp_path, fuser=dict(num_layers=0))
    query = write_frames(tmp_path / 'a', moving_squares(2))
    with pytest.raises(UserError, match='no fuser, and supports would'):
        predictor(files, QuerySupports([query]))
    (result,) = predictor(files)(query)
    assert result.error is None


def test_tracks_of_all_stay_until_a_video_is_made_anew(files, tmp_path):
    query = write_frames(tmp_path / 'a', moving_squares(2))
    cat = write_frames(tmp_path / 'cat', moving_squares(2, seed=5))
    predictor(files)(query, tmp_path / 'out')
    results = tmp_path / 'out' / 'results.json'
    content = results.read_bytes()
    predict = predictor(files, QuerySupports([cat]))
    shutil.rmtree(cat)
    with pytest.raises(UserError, match='cat'):
        predict(query, tmp_path / 'out')
    assert results.read_bytes() == content
    write_frames(cat, moving_squares(2, seed=5))
    predict(query, tmp_path / 'out')
    assert results.read_bytes() != content


def test_supports_that_changed_between_calls_are_read_again(files, tmp_path):
    query = write_frames(tmp_path / 'a', moving_squares(2))
    frames = moving_squares(3, seed=5)
    cat = write_frames(tmp_path / 'cat', frames)
    predict = predictor(files, QuerySupports([cat]))

    def scores(predict):
        (result,) = predict(query)
        return [entry['score'] for entry in result.entries]

    before = scores(predict)
    write_frames(cat, [255 - one for one in frames])
    wanted = scores(predictor(files, QuerySupports([cat])))
    assert wanted != pytest.approx(before)
    assert scores(predict) == pytest.approx(wanted)
