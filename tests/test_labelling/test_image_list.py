"""A folder of pictures as videos of one frame."""

import pytest
from PIL import Image

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.labelling.image_list import list_images, main
from mmselfshot.utils import UserError


def test_pictures_of_all_folders_are_listed(tmp_path, capsys):
    folder = tmp_path / 'pictures'
    for name, size in (('b/2.JPG', (5, 4)), ('a.png', (7, 3))):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new('RGB', size).save(folder / name)
    (folder / 'b' / 'cut.jpg').write_bytes(b'\xff\xd8\xff')
    (folder / 'notes.txt').write_text('no picture')
    out = tmp_path / 'images.json'
    assert main([str(folder), str(out)]) == 1
    assert 'left out b/cut.jpg' in capsys.readouterr().out
    videos = list(LabelFile.load(out).videos.values())
    assert [one['file_names'] for one in videos] == [['a.png'], ['b/2.JPG']]
    assert [(one['width'], one['height']) for one in videos] == [
        (7, 3),
        (5, 4),
    ]
    assert [one['id'] for one in videos] == [1, 2]


def test_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(UserError, match='no picture'):
        list_images(tmp_path)
