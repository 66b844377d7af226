"""The tool that shows the attention around the fuser."""

import json

import pytest
from tiny_selfshot_files import write_hens
from tool_here import mistake_of_tool, output_of_tool

TOOL = 'analysis_tools/fuser_heatmap.py'


def test_queries_are_measured_once_and_drawn(tmp_path, monkeypatch, capsys):
    write_hens(tmp_path, (['v2'], ['v3'], ['v1']))
    words = TOOL, 'tiny.py', 'tiny0.pth', '--out', 'out', '--device', 'cpu'
    here = monkeypatch, capsys, tmp_path
    said = output_of_tool(*here, *words, '--pictures', 1)
    assert 'mean of 3 queries: before the fuser' in said
    first = json.loads((tmp_path / 'out/fuser_heatmap.json').read_text())
    rows = first['queries']
    assert [row['name'] for row in rows] == ['v1', 'v2', 'v3']
    for row in rows:
        assert 0 < row['before'] < 1 and 0 < row['after'] < 1
        # a box of 4 x 8 in frames of 24 x 16
        assert row['chance'] == pytest.approx(32 / 384, abs=0.02)
    gain = first['after_minus_before']
    wanted = sum(row['after'] - row['before'] for row in rows) / 3
    assert gain['mean'] == pytest.approx(wanted)
    assert gain['low'] <= gain['mean'] <= gain['high']
    page = (tmp_path / 'out/fuser_heatmap.html').read_text()
    assert page.count('<img') == 1 and 'v1: before' in page
    said = output_of_tool(*here, *words, '--pictures', 1)
    assert '2 of 3 queries were measured already' in said
    again = json.loads((tmp_path / 'out/fuser_heatmap.json').read_text())
    assert again == first
    line = mistake_of_tool(
        *(*here, *words, '--cfg-options', 'model.fuser.num_layers=0')
    )
    assert 'has no fuser; choose a config' in line
    line = mistake_of_tool(
        *(*here, *words, '--cfg-options'),
        '+test_dataloader.dataset.max_supports=0',
    )
    assert 'query v1 has no supports' in line
    line = mistake_of_tool(*here, *words, '--queries', 0)
    assert '0 queries; expected more' in line
