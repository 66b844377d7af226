"""What the package promises before anything of it runs."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from mmengine.registry import Registry

HEAVY = ('torch', 'mmengine', 'mmcv', 'mmdet', 'cv2', 'scipy', 'matplotlib')


def test_import_is_light():
    code = (
        'import sys, mmselfshot, mmselfshot.utils;'
        f'print([m for m in {HEAVY!r} if m in sys.modules])'
    )
    done = subprocess.run(
        [sys.executable, '-c', code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == '[]'


def test_every_module_imports(repo):
    for path in sorted((repo / 'mmselfshot').rglob('*.py')):
        parts = path.relative_to(repo).with_suffix('').parts
        importlib.import_module('.'.join(parts).removesuffix('.__init__'))


@pytest.mark.parametrize('name', ['configs', 'tools', 'model-index.yml'])
def test_mim_links_are_relative_and_lead_somewhere(repo, name):
    link = repo / 'mmselfshot' / '.mim' / name
    assert link.is_symlink()
    assert os.readlink(link) == f'../../{name}'
    assert link.resolve() == repo / name
    assert link.exists()


def test_every_config_is_in_the_model_index(repo):
    index = yaml.safe_load((repo / 'model-index.yml').read_text())
    listed = set()
    for metafile in index['Import']:
        content = yaml.safe_load((repo / metafile).read_text())
        for model in content['Models']:
            assert Path(model['Config']).stem == model['Name']
            assert 'Weights' in model  # mmengine's inferencer asks for it
            listed.add(model['Config'])
    methods = {repo / Path(path).parent for path in listed}
    on_disk = {
        str(path.relative_to(repo))
        for folder in methods
        for path in folder.glob('*.py')
    }
    assert listed == on_disk


def test_config_names_are_unique(repo):
    """mim finds a config by its bare file name."""
    names = [
        path.name
        for path in (repo / 'configs').rglob('*.py')
        if '_base_' not in path.parts
    ]
    assert len(names) == len(set(names))


def test_lock_holds_the_tested_set(repo):
    lock = dict(
        line.split('==')
        for line in (repo / 'requirements/lock.txt').read_text().splitlines()
        if '==' in line and not line.startswith(('#', ' '))
    )
    assert lock['torch'] == '2.11.0'
    assert lock['torchvision'] == '0.26.0'
    assert lock['mmengine'] == '0.10.7'
    assert lock['mmdet'] == '3.3.0'
    assert int(lock['numpy'].split('.')[0]) == 2
    assert int(lock['setuptools'].split('.')[0]) < 81


def test_mm_packages_are_no_hard_requirement(repo):
    tomllib = pytest.importorskip('tomllib')  # Python 3.11
    project = tomllib.loads((repo / 'pyproject.toml').read_text())
    files = project['tool']['setuptools']['dynamic']['dependencies']['file']
    hard = ''.join((repo / file).read_text() for file in files)
    assert 'mm' not in {line[:2] for line in hard.splitlines()}


@pytest.fixture(scope='module')
def own_registries():
    from mmselfshot import registry

    return {
        name: value
        for name, value in vars(registry).items()
        if isinstance(value, Registry)
    }


def test_there_is_a_child_for_each_registry_of_mmdet(own_registries):
    from mmdet import registry as parents

    expected = {
        name
        for name, value in vars(parents).items()
        if isinstance(value, Registry) and not name.startswith('MMENGINE')
    }
    assert set(own_registries) == expected
    for name, own in own_registries.items():
        assert own.parent is getattr(parents, name)
        assert own.scope == 'mmselfshot'


def test_every_location_imports(own_registries):
    """A location that is missing would raise at the first look-up."""
    for own in own_registries.values():
        for location in own._locations:
            importlib.import_module(location)


@pytest.mark.parametrize(
    ('registry', 'name', 'module'),
    [
        ('TRANSFORMS', 'RandomFlip', 'mmdet.'),
        ('MODELS', 'ResNet', 'mmdet.'),
        ('MODELS', 'MinVIS', 'mmselfshot.'),
        ('DATASETS', 'VideoInstanceDataset', 'mmselfshot.'),
        ('LOOPS', 'ResumableIterTrainLoop', 'mmselfshot.'),
        ('LOOPS', 'TestLoop', 'mmengine.'),
        ('HOOKS', 'SafeCheckpointHook', 'mmselfshot.'),
        ('METRICS', 'VISMetric', 'mmselfshot.'),
    ],
)
def test_bare_type_is_ours_then_of_mmdet_then_of_mmengine(
    own_registries, registry, name, module
):
    found = own_registries[registry].get(name)
    assert found.__module__.startswith(module)


def test_package_name_is_known_to_mmengine(own_registries):
    from mmengine.config.utils import MODULE2PACKAGE

    assert MODULE2PACKAGE['mmselfshot'] == 'mmselfshot'
