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
    said = _start(monkeypatch, capsys, folder, tool, words, status=2).err
    (line,) = [one for one in said.splitlines() if 'error' in one]
    return line


def output_of_tool(
    monkeypatch, capsys, folder: Path, tool: str, *words, status: int = 0
):
    """What a tool that is started in `folder` prints, and how it ends."""
    return _start(monkeypatch, capsys, folder, tool, words, status).out


def _start(monkeypatch, capsys, folder, tool, words, status):
    monkeypatch.chdir(folder)
    monkeypatch.setenv('LOCAL_RANK', '0')  # put back afterwards
    monkeypatch.setattr(sys, 'argv', [tool, *map(str, words)])
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(TOOLS / tool), run_name='__main__')
    said = capsys.readouterr()
    assert ended.value.code == status, said.err
    return said
