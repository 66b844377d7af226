"""The tool that draws queries, what is found in them, and their supports."""

from PIL import Image
from tiny_selfshot_files import write_hens
from tool_here import mistake_of_tool, output_of_tool

TOOL = 'analysis_tools/show_episodes.py'


def test_each_query_has_a_picture(tmp_path, monkeypatch, capsys):
    write_hens(tmp_path, (['v2', 'v3'], ['v3'], []))
    words = TOOL, 'tiny.py', 'tiny0.pth', '--out', 'out', '--device', 'cpu'
    here = monkeypatch, capsys, tmp_path
    said = output_of_tool(*here, *words, '--score-thr', 0)
    assert 'and 3 pictures beside it' in said
    page = (tmp_path / 'out/episodes.html').read_text()
    assert page.count('<img') == 3
    assert 'v1: hen, 1 targets, ' in page and 'supports v2, v3' in page
    first, second, third = (
        Image.open(tmp_path / 'out/pictures' / f'{index:06d}.png').size
        for index in range(3)
    )
    # frames of 24 x 16, enlarged ten times; three of a query side by side
    assert first == second and first[0] == 3 * 240 + 2 * 6
    assert third[1] == first[1] - 160
    output_of_tool(*here, *words, '--queries', 1, '--out', 'one')
    (only,) = (tmp_path / 'one/pictures').iterdir()
    assert only.name == '000001.png'
    line = mistake_of_tool(*here, *words, '--queries', 0)
    assert '0 queries; expected 1 or more' in line
    line = mistake_of_tool(*here, *words, '--score-thr', 2)
    assert 'score_thr=2.0; expected 0 to 1' in line
