"""docs/toyvis.md says what the code does."""

import re
from dataclasses import fields

import pytest

from mmselfshot.datasets.toyvis import (
    ALL_KINDS,
    EASY_KINDS,
    EasyOptions,
    make_options,
)
from mmselfshot.datasets.toyvis.clutter import MAX_LIKENESS


@pytest.fixture
def page(repo):
    return (repo / 'docs/toyvis.md').read_text()


def test_every_option_stands_there_with_its_defaults(page):
    table = dict(re.findall(r'^\| `(\w+)` \| ([^|]+ \| [^|]+) \|', page, re.M))
    easy, standard = make_options('easy'), make_options('standard')
    for field in fields(EasyOptions):
        values = [getattr(level, field.name) for level in (easy, standard)]
        if field.name == 'kinds':
            values = [f'{len(names)} kinds' for names in values]
        assert table[field.name] == f'{values[0]} | {values[1]}'


def test_every_kind_stands_there_in_order(page):
    rows = re.findall(r'^\| `(\w+)` \| (both|standard) \|', page, re.M)
    assert tuple(kind for kind, _ in rows) == ALL_KINDS
    assert tuple(kind for kind, at in rows if at == 'both') == EASY_KINDS
    assert f'by more than {MAX_LIKENESS} ' in page


def test_its_python_runs(page):
    (code,) = re.findall(r'```python\n(.*?)```', page, re.S)
    exec(compile(code, 'docs/toyvis.md', 'exec'), {})


def test_every_option_of_level_fewshot_stands_there_with_its_default(page):
    options = make_options('fewshot')
    rows = re.findall(r'^\| `(\w+=[^`]*)` \| [^|]+ \|$', page, re.M)
    wanted = []
    for field in fields(options):
        value = getattr(options, field.name)
        if isinstance(value, tuple):
            value = ','.join(value)
        wanted.append(f'{field.name}={value}')
    assert rows == wanted
