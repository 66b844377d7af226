"""Parts of a config."""

import pytest
from mmengine.config import Config

from mmselfshot.utils.config_parts import takes_supports


@pytest.mark.parametrize(
    ('model', 'wanted'),
    [
        (dict(type='SelfShotVIS'), True),
        (dict(type='MinVIS'), False),
        (dict(type='mmselfshot.UVIS'), False),
        (dict(type='NoSuchModel'), False),
        (None, False),
    ],
)
def test_only_self_shot_models_take_supports(model, wanted):
    assert takes_supports(Config(dict(model=model))) == wanted
