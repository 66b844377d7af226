"""The code in docs/retrieval.md runs, and its names exist."""

import json
import re

import pytest
from tiny_pool import noise, write_film, write_folder
from tiny_wilful import write_retriever_config
from tool_sources import known_options


@pytest.fixture(scope='module')
def text(repo):
    return (repo / 'docs' / 'retrieval.md').read_text()


def test_python_of_the_page_runs(text, tmp_path, monkeypatch, capsys):
    write_retriever_config(tmp_path / 'config.py')
    for number in range(3):
        write_folder(tmp_path / 'my_videos' / f'v{number}', noise(number))
    write_film(tmp_path / 'video.mp4', noise(9))
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r'```python\n(.*?)```', text, re.DOTALL)
    names: dict = {}
    exec(code, names)
    lines = capsys.readouterr().out.splitlines()
    assert '3 {}' in lines
    assert (
        sum(bool(re.match(r'v\d 0.0 1.0 -?0\.\d', one)) for one in lines) == 3
    )
    from mmselfshot.apis.search_sheet import describe_search

    (page,) = re.findall(r'```json\n(.*?)```', text, re.DOTALL)
    shown, real = json.loads(page), describe_search(names['found'], [None] * 3)
    assert set(shown) == set(real)
    assert set(shown['query']) == set(real['query'])
    assert set(shown['neighbours'][0]) == set(real['neighbours'][0])


def test_options_of_the_table_are_those_of_the_tool(text, repo):
    source = (repo / 'tools' / 'search_pool.py').read_text()
    rows = re.findall(r'^\| (`--[^|]+) \|', text, re.MULTILINE)
    options = {one for row in rows for one in re.findall(r'--[a-z-]+', row)}
    assert options == known_options(source)
