"""tools/analysis_tools/eval_vis.py, run as a user runs it."""

import json
import subprocess
import sys

import pytest
from tool_here import mistake_of_tool
from vis_cases import annotation, box, content, track, video

MASK = box(0, 0, 5, 5)


@pytest.fixture
def run(repo, tmp_path):
    (tmp_path / 'val.json').write_text(
        json.dumps(content([video(1, 1)], [annotation(1, [MASK])]))
    )

    def start(results, *options):
        (tmp_path / 'results.json').write_text(results)
        return subprocess.run(
            [
                sys.executable,
                str(repo / 'tools/analysis_tools/eval_vis.py'),
                'results.json',
                'val.json',
                *options,
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )

    return start


def test_prints_and_writes_the_table(run, tmp_path):
    done = run(
        json.dumps([track(1, [MASK])]), '--per-class', '--out', 'table.json'
    )
    assert done.returncode == 0, done.stderr
    assert 'per class  100.0  100.0  100.0' in done.stdout
    assert 'worst 1 of 1 videos' in done.stdout
    table = json.loads((tmp_path / 'table.json').read_text())
    assert table['summary']['AP'] == pytest.approx(1)


@pytest.mark.parametrize(
    ('results', 'text'),
    [
        ('[{"video_id": 1', 'not complete JSON'),
        (json.dumps([track(2, [MASK])]), 'video 2'),
        (
            json.dumps([track(1, [{'size': [12, 20], 'counts': '01'}])]),
            'do not fill 12x20',
        ),
    ],
)
def test_bad_results_are_one_line(
    run, tmp_path, results, text, monkeypatch, capsys
):
    """`run` writes the true labels."""
    (tmp_path / 'results.json').write_text(results)
    line = mistake_of_tool(
        *(monkeypatch, capsys, tmp_path, 'analysis_tools/eval_vis.py'),
        *('results.json', 'val.json', '--out', 'table.json'),
    )
    assert text in line
    assert not (tmp_path / 'table.json').exists()
