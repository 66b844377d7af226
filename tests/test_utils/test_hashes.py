"""Names for contents."""

from mmselfshot.utils.hashes import hash_of


def test_hash_follows_content_of_files_not_their_place(tmp_path):
    for name in 'ab':
        (tmp_path / f'{name}.pth').write_bytes(b'weights')
    one = hash_of({'checkpoint': str(tmp_path / 'a.pth'), 'x': [1, None]})
    assert one == hash_of({'x': (1, None), 'checkpoint': tmp_path / 'b.pth'})
    (tmp_path / 'b.pth').write_bytes(b'others')
    assert one != hash_of({'x': [1], 'checkpoint': tmp_path / 'b.pth'})
    assert hash_of('ViT-B-32') != hash_of('ViT-B-16')
