"""Names for contents."""

from mmselfshot.utils.hashes import files_below_roots, hash_of


def test_hash_follows_content_of_files_not_their_place(tmp_path):
    for name in 'ab':
        (tmp_path / f'{name}.pth').write_bytes(b'weights')
    one = hash_of({'checkpoint': str(tmp_path / 'a.pth'), 'x': [1, None]})
    assert one == hash_of({'x': (1, None), 'checkpoint': tmp_path / 'b.pth'})
    (tmp_path / 'b.pth').write_bytes(b'others')
    assert one != hash_of({'x': [1], 'checkpoint': tmp_path / 'b.pth'})
    assert hash_of('ViT-B-32') != hash_of('ViT-B-16')


def test_files_below_a_data_root_are_found_wherever_they_are_named(tmp_path):
    (tmp_path / 'ann').mkdir()
    for name in ('ann/a.json', 'pairs.json', 'other.json'):
        (tmp_path / name).write_text(name)
    inner = dict(
        data_root=str(tmp_path), ann_file='ann/a.json', pairs='pairs.json'
    )
    other = dict(ann_file='other.json')  # without a root
    content = dict(dataset=dict(datasets=[inner, other], pool='', part=None))
    assert files_below_roots(content) == [
        tmp_path / 'ann/a.json',
        tmp_path / 'pairs.json',
    ]
    before = hash_of(files_below_roots(content))
    (tmp_path / 'pairs.json').write_text('changed')
    assert hash_of(files_below_roots(content)) != before
