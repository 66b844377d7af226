"""Run a tool in this process: a start of its own takes ten seconds."""

import runpy
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[1] / 'tools'


def mistake_of_tool(monkeypatch, capsys, folder: Path, tool: str, *words):
    """What a tool says of a user's mistake: exactly one line on stderr.

    The tool is started in `folder` and must end with status 2.
    """
    monkeypatch.chdir(folder)
    monkeypatch.setenv('LOCAL_RANK', '0')  # put back afterwards
    monkeypatch.setattr(sys, 'argv', [tool, *map(str, words)])
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(TOOLS / tool), run_name='__main__')
    assert ended.value.code == 2
    said = capsys.readouterr().err
    (line,) = [one for one in said.splitlines() if 'error' in one]
    return line
