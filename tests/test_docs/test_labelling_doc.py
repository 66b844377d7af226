"""What docs/labelling.md says can be done."""

import re
from dataclasses import MISSING, fields

import numpy as np
import pytest


@pytest.fixture(scope='module')
def text(repo):
    return (repo / 'docs/labelling.md').read_text()


def test_keys_of_the_table_are_those_of_the_settings(text):
    from mmselfshot.labelling.labelling_settings import LabellingSettings

    table = text.split('## The part `labelling`')[1].split('\n## ')[0]
    rows = re.findall(r'^\| `(\w+)` \|([^|]*)\|', table, re.MULTILINE)
    known = {one.name: one for one in fields(LabellingSettings)}
    assert {name for name, _ in rows} == set(known) - {'custom_imports'}
    for name, default in rows:
        own = known[name].default
        if isinstance(own, int):
            assert default.strip() == str(own)
        elif own is MISSING and known[name].default_factory is MISSING:
            assert default.strip() == ''


def test_hook_of_the_page_can_be_built(text):
    from mmselfshot.registry import HOOKS

    block = re.search(r'```python\n(custom_hooks.*?)```', text, re.DOTALL)[1]
    found: dict = {}
    exec(block, found)
    for one in found['custom_hooks']:
        HOOKS.build(one)


def test_proposer_of_the_page_works(text):
    from mmselfshot.registry import MODELS

    block = re.search(r'```python\n(import numpy.*?)```', text, re.DOTALL)[1]
    exec(block, {'__name__': 'own'})
    try:
        frame = np.zeros((4, 6, 3), np.uint8)
        frame[1:3, 2:5] = 255
        (found,) = MODELS.build(dict(type='BrightThings')).propose([frame])
        assert found.boxes.tolist() == [[2, 1, 5, 3]]
    finally:
        MODELS.module_dict.pop('BrightThings')
