"""Labelling from end to end, with parts that see colours."""

import json
import shutil

import numpy as np
import pytest
import toy_labelling
from mmengine.config import Config
from toy_labelling import SIZE, write_colour_config, write_colour_videos

from mmselfshot.apis import ensure_labels, label_videos
from mmselfshot.apis.labelling import run_label_tool
from mmselfshot.datasets import LabelFile
from mmselfshot.labelling.candidate_store import read_candidates
from mmselfshot.structures import decode_mask
from mmselfshot.utils import UserError


@pytest.fixture
def videos(tmp_path):
    return write_colour_videos(tmp_path / 'videos')


@pytest.fixture
def cfg(tmp_path):
    return Config.fromfile(write_colour_config(tmp_path / 'colour.py'))


@pytest.fixture
def calls(monkeypatch):
    """Counts the frames that the proposer looks at."""
    seen = []
    propose = toy_labelling.ColourProposer.propose

    def counted(self, frames):
        seen.extend(frames)
        return propose(self, frames)

    monkeypatch.setattr(toy_labelling.ColourProposer, 'propose', counted)
    return seen


def label(cfg, videos, out, **kwargs):
    lines = []
    done = label_videos(cfg, videos, out, say=lines.append, **kwargs)
    return done, '\n'.join(lines)


def test_masks_and_names_are_those_of_the_pictures(cfg, videos, tmp_path):
    """Video 1 has a red square at (6, 6) and (14, 6); the blue dots are too
    small; the middle frames are empty."""
    done, text = label(cfg, videos, tmp_path / 'l.json')
    labels = LabelFile.load(tmp_path / 'l.json')
    assert [one['name'] for one in labels.categories] == [
        'red',
        'green',
        'blue',
    ]
    names = [
        [one['category_id'] for one in many]
        for many in labels.annotations.values()
    ]
    assert names == [[1, 1], [2, 2], [3, 3], [1, 1]]
    expected = np.zeros(SIZE, bool)
    expected[6:14, 14:22] = True
    mask = decode_mask(labels.annotations[1][1]['segmentations'][2], *SIZE)
    assert (mask == expected).all()
    assert labels.labelled_frames(1) == [0, 2]
    report = done.report
    assert (report['frames'], report['labelled_frames']) == (12, 8)
    assert report['empty_frames'] == 4
    assert report['classes'][2]['dropped'] == {'small': 4}
    assert '8 of 12 frames in 4 videos are labelled' in text
    assert json.loads(
        (tmp_path / 'l.candidates/report.json').read_text()
    ) == json.loads(json.dumps(report))


def test_second_call_does_nothing(cfg, videos, tmp_path, calls):
    label(cfg, videos, tmp_path / 'l.json')
    assert len(calls) == 12
    before = (tmp_path / 'l.json').read_bytes()
    done, text = label(cfg, videos, tmp_path / 'l.json')
    assert done.is_reused and 'nothing to label' in text
    assert len(calls) == 12
    (tmp_path / 'l.json').unlink()
    label(cfg, videos, tmp_path / 'l.json')  # from the candidates
    assert len(calls) == 12
    assert (tmp_path / 'l.json').read_bytes() == before


def test_other_filters_redo_no_candidate(cfg, videos, tmp_path, calls):
    label(cfg, videos, tmp_path / 'l.json')
    cfg.labelling.filters[0].drop_small = False
    done, text = label(cfg, videos, tmp_path / 'l.json')
    assert '4 of 4 are finished already' in text
    assert len(calls) == 12
    assert done.report['kept'] == 12


def test_new_video_is_added_and_a_lost_one_forgotten(
    cfg, videos, tmp_path, calls
):
    label(cfg, videos, tmp_path / 'l.json')
    shutil.copytree(videos / 'v2', videos / 'v9')
    shutil.rmtree(videos / 'v1')
    label(cfg, videos, tmp_path / 'l.json')
    assert len(calls) == 15
    labels = LabelFile.load(tmp_path / 'l.json')
    names = [one['file_names'][0] for one in labels.videos.values()]
    assert names == [f'v{n}/00000.png' for n in (2, 3, 4, 9)]
    assert sorted(labels.videos) == [1, 2, 3, 4]
    assert not (tmp_path / 'l.candidates/v1.npz').exists()


def test_other_classes_start_anew_and_say_so(cfg, videos, tmp_path, calls):
    label(cfg, videos, tmp_path / 'l.json')
    cfg.labelling.classes = ['green', 'blue']
    _, text = label(cfg, videos, tmp_path / 'l.json')
    assert (
        'with another config, checkpoint or classes; it is made anew' in text
    )
    assert len(calls) == 24
    assert len(LabelFile.load(tmp_path / 'l.json').categories) == 2


def test_bad_videos_are_listed_and_stop_no_other(cfg, videos, tmp_path):
    frame = videos / 'v2/00001.png'
    frame.write_bytes(frame.read_bytes()[:40])
    (videos / 'empty').mkdir()
    (videos / 'film.mp4').write_bytes(b'no film')
    done, text = label(cfg, videos, tmp_path / 'l.json')
    assert sorted(done.failed) == ['empty', 'film', 'v2']
    assert f'cannot label v2: {frame} cannot be read' in text
    assert 'labels of 3 of 6 videos; 3 cannot be read, see above' in text
    labels = LabelFile.load(tmp_path / 'l.json')
    assert len(labels.videos) == 3
    again, text = label(cfg, videos, tmp_path / 'l.json')
    assert again.failed == done.failed  # known without looking again
    assert '3 videos could not be read when it was made' in text


def test_mended_video_is_labelled_the_next_time(cfg, videos, tmp_path, calls):
    frame = videos / 'v2/00001.png'
    whole = frame.read_bytes()
    frame.write_bytes(whole[:40])
    label(cfg, videos, tmp_path / 'l.json')
    del calls[:]
    frame.write_bytes(whole)
    done, _ = label(cfg, videos, tmp_path / 'l.json')
    assert not done.failed
    assert len(calls) == 3


def test_no_video_at_all(cfg, videos, tmp_path):
    for path in videos.glob('*/*'):
        path.write_bytes(b'x')
    with pytest.raises(UserError, match='none of 4 videos can be read; the f'):
        label(cfg, videos, tmp_path / 'l.json')
    assert not (tmp_path / 'l.json').exists()
    with pytest.raises(UserError, match='no file or folder'):
        label(cfg, tmp_path / 'nowhere', tmp_path / 'l.json')


@pytest.mark.parametrize(
    ('classes', 'message'),
    [
        (['red', 'green', 'Red'], "'red' and 'Red' are the same"),
        (['red', ''], "class 2 of 2 is ''"),
        ([], 'no classes'),
        ('ytvis99', "no class set 'ytvis99'"),
    ],
)
def test_vocabulary_with_repeated_or_empty_names(
    cfg, videos, tmp_path, classes, message
):
    cfg.labelling.classes = classes
    with pytest.raises(UserError, match=message):
        label(cfg, videos, tmp_path / 'l.json')
    assert not (tmp_path / 'l.candidates').exists()


def test_missing_gpu_is_said_before_anything_is_done(cfg, videos, tmp_path):
    with pytest.raises(UserError, match="no device 'cuda:77'"):
        label(cfg, videos, tmp_path / 'l.json', device='cuda:77')


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        (dict(proposal={}), r'labelling\.proposal: no such key'),
        (dict(proposer=None), r'labelling\.proposer is not set'),
        (dict(frame_step=0), 'frame_step=0'),
        (dict(namer=None), '3 classes and no namer'),
    ],
)
def test_unusable_settings(cfg, videos, tmp_path, change, message):
    cfg.labelling.update(change)
    with pytest.raises(UserError, match=message):
        label(cfg, videos, tmp_path / 'l.json')


def test_config_without_labelling(videos, tmp_path):
    with pytest.raises(UserError, match='no part "labelling"'):
        label(Config({}), videos, tmp_path / 'l.json')
    assert ensure_labels(Config({})) is None


def test_without_a_namer_everything_is_an_object(cfg, videos, tmp_path):
    cfg.labelling.update(namer=None, classes=['object'])
    label(cfg, videos, tmp_path / 'l.json')
    labels = LabelFile.load(tmp_path / 'l.json')
    assert labels.categories == [{'id': 1, 'name': 'object'}]
    assert labels.annotations[1][0]['class_scores'] == {'1': 1.0}


def test_annotation_file_gives_videos_and_ids_only(cfg, videos, tmp_path):
    path = tmp_path / 'list.json'
    size = dict(width=SIZE[1], height=SIZE[0])
    names = [f'v2/{index:05d}.png' for index in range(3)]
    content = dict(videos=[dict(id=42, file_names=names, **size)])
    path.write_text(json.dumps(content))
    label(cfg, path, tmp_path / 'l.json', images=videos)
    first = (tmp_path / 'l.json').read_bytes()
    content['annotations'] = [{'what': 'true labels'}]
    path.write_text(json.dumps(content))
    label(cfg, path, tmp_path / 'm.json', images=videos)
    assert (tmp_path / 'm.json').read_bytes() == first
    labels = LabelFile.load(tmp_path / 'l.json')
    assert list(labels.videos) == [42]
    assert labels.labelled_frames(42) == [0, 2]


def test_frame_step_looks_at_every_second_frame(cfg, videos, tmp_path, calls):
    cfg.labelling.frame_step = 2
    label(cfg, videos, tmp_path / 'l.json')
    assert len(calls) == 8
    table = read_candidates(tmp_path / 'l.json')
    assert table.videos[1]['sampled'] == [0, 2]
    assert len(table.videos[1]['file_names']) == 3


def test_true_labels_are_not_overwritten(cfg, videos, tmp_path):
    path = tmp_path / 'train.json'
    label(cfg, videos, path)
    content = json.loads(path.read_text())
    for one in content['annotations']:
        del one['source']
    path.write_text(json.dumps(content))
    shutil.rmtree(tmp_path / 'train.candidates')
    with pytest.raises(UserError, match='is not overwritten'):
        label(cfg, videos, path)
    assert json.loads(path.read_text()) == content


def test_ensure_labels_makes_them_once(cfg, videos, tmp_path, calls):
    cfg.labelling.update(
        out=str(tmp_path / 'l.json'), videos=dict(root=str(videos))
    )
    lines = []
    assert not ensure_labels(cfg, say=lines.append).is_reused
    assert ensure_labels(cfg, say=lines.append).is_reused
    assert len(calls) == 12
    shutil.rmtree(tmp_path / 'l.candidates')
    ensure_labels(cfg, say=lines.append)
    assert lines[-1].endswith('was made elsewhere; it is used as it is')


def test_contact_sheet_shows_kept_and_dropped(videos, tmp_path, capsys):
    config = write_colour_config(tmp_path / 'colour.py')
    status = run_label_tool(
        config,
        videos=videos,
        out=tmp_path / 'l.json',
        contact_sheet=tmp_path / 'page.html',
    )
    assert status == 0
    assert 'page.html: 12 masks, kept and dropped' in capsys.readouterr().out
    page = (tmp_path / 'page.html').read_text()
    assert page.count('class="kept"') == 8
    assert page.count('class="dropped"') == 4
    assert '<h3>dropped: small (4 of 4)</h3>' in page
    assert page.count('data:image/jpeg;base64,') == 12
    assert 'v3, frame 2' in page


def test_status_tells_of_bad_videos(videos, tmp_path):
    (videos / 'bad').mkdir()
    config = write_colour_config(tmp_path / 'colour.py')
    kwargs = dict(videos=videos, out=tmp_path / 'l.json')
    assert run_label_tool(config, **kwargs) == 1
