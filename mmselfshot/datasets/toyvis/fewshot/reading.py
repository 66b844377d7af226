"""A finished world of level `fewshot`, as its files tell of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.datasets.toyvis.fewshot.files import TRUTH
from mmselfshot.datasets.toyvis.fewshot.jobs import LABELLED
from mmselfshot.utils import UserError, read_json


@dataclass(frozen=True)
class PoolTruth:
    """What a clip of the pool shows; for evaluation only.

    name: As the pool's list file names it.
    category_ids: All kinds; none in a clip of junk.
    target_ids: Those that are the target.
    """

    name: str
    source: str
    category_ids: frozenset[int]
    target_ids: frozenset[int]
    scene: str


@dataclass(frozen=True)
class FewshotWorld:
    """Files of a world, read.

    options: As world.json holds them. split: Content of split.json.
    labels: By split, see `LABELLED`. stills: Looks of training stills.
    """

    root: Path
    options: dict[str, Any]
    split: dict[str, Any]
    labels: dict[str, LabelFile]
    clips: list[PoolTruth]
    stills: frozenset[str]


def read_truth(path: str | Path) -> list[PoolTruth]:
    """Read which kinds are in the clips of a pool.

    Raises:
        UserError: If it is no such file.
    """
    content = read_json(path)
    try:
        return [
            PoolTruth(
                one['name'],
                one['source'],
                frozenset(one['category_ids']),
                frozenset(one['target_ids']),
                one['scene'],
            )
            for one in content['clips']
        ]
    except (KeyError, TypeError):
        raise UserError(
            f'{path} does not say what the clips of a pool show; expected '
            f'the {TRUTH} of a ToyVIS world of level fewshot'
        ) from None


def read_fewshot_world(root: str | Path) -> FewshotWorld:
    """Read the labels of a world.

    Raises:
        UserError: If the folder holds no finished world of this level.
    """
    root = Path(root)
    world = read_json(root / 'world.json')
    if not isinstance(world, dict) or world.get('level') != 'fewshot':
        raise UserError(
            f'{root} holds no ToyVIS world of level fewshot; make one with '
            f'tools/dataset_tools/make_toyvis.py {root} --level fewshot'
        )
    if not world.get('is_finished'):
        raise UserError(
            f'the world in {root} is not finished; run the command that '
            'made it again'
        )
    stills = read_json(root / 'stills/train.json')
    return FewshotWorld(
        root,
        world['options'],
        read_json(root / 'split.json'),
        {
            split: LabelFile.load(root / f'fewshot_{split}.json')
            for split in LABELLED
        },
        read_truth(root / TRUTH),
        frozenset(one['kind'] for one in stills['annotations']),
    )
