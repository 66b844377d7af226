"""Paths, tools, configs and options named in documents exist."""

import json
import re

import pytest
from tool_sources import known_options

PAGES = (
    'README.md',
    'docs/data.md',
    'docs/labelling.md',
    'docs/predict.md',
    'docs/retrieval.md',
    'docs/selfshot.md',
    'docs/toyvis.md',
    'docs/uvis.md',
    'configs/minvis/README.md',
    'configs/selfshot/README.md',
    'configs/uvis/README.md',
)


@pytest.mark.parametrize('page', PAGES)
def test_named_files_exist(repo, page):
    text = (repo / page).read_text()
    named = set(re.findall(r'(?:tools|configs)/[\w/.-]+\.(?:py|sh|md)', text))
    assert [one for one in sorted(named) if not (repo / one).exists()] == []


@pytest.mark.parametrize('page', PAGES)
def test_links_lead_to_files(repo, page):
    text = (repo / page).read_text()
    links = re.findall(r'\]\((?!https?:)([^)#]+)\)', text)
    folder = (repo / page).parent
    assert [one for one in links if not (folder / one).exists()] == []


@pytest.mark.parametrize('page', PAGES)
def test_named_options_exist(repo, page):
    text = (repo / page).read_text().replace('\\\n', ' ')
    for tool, rest in re.findall(r'python (tools/[\w/]+\.py)([^\n`]*)', text):
        known = known_options((repo / tool).read_text())
        for option in re.findall(r'--[a-z][a-z-]+', rest):
            assert option in known, (tool, option)


def test_label_file_of_the_page_is_accepted(repo, tmp_path):
    from mmselfshot.datasets import LabelFile

    (block,) = re.findall(
        r'```json\n(.*?)```', (repo / 'docs/data.md').read_text(), re.DOTALL
    )
    path = tmp_path / 'instances.json'
    path.write_text(json.dumps(json.loads(block)))
    assert LabelFile.load(path).labelled_frames(1) == [0]


def test_options_of_the_data_set_exist(repo):
    import inspect

    from mmselfshot.datasets import VideoInstanceDataset

    known = set(inspect.signature(VideoInstanceDataset).parameters) | {
        'indices'
    }
    text = (repo / 'docs/data.md').read_text().split("data set's options")[1]
    named = {
        name
        for cell in re.findall(r'^\| (`[^|]+`) \|', text, re.MULTILINE)
        for name in re.findall(r'`(\w+)`', cell)
    }
    assert named and named <= known
