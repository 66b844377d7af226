"""Class names of the official sets, and their match with a label file."""

import difflib
from collections.abc import Sequence

from mmdet.datasets import YouTubeVISDataset

from mmselfshot.utils import UserError


class _OfficialNames(YouTubeVISDataset):
    """Takes the names that mmdet writes on the class it is asked on."""


def _youtube_vis(version: str) -> tuple[str, ...]:
    _OfficialNames.set_dataset_classes(version)
    return tuple(_OfficialNames.METAINFO['classes'])


CLASS_NAMES: dict[str, tuple[str, ...]] = {
    'ytvis19': _youtube_vis('2019'),
    'ytvis21': _youtube_vis('2021'),
    # spelt as in the official files
    'ovis': (
        'Person',
        'Bird',
        'Cat',
        'Dog',
        'Horse',
        'Sheep',
        'Cow',
        'Elephant',
        'Bear',
        'Zebra',
        'Giraffe',
        'Poultry',
        'Giant_panda',
        'Lizard',
        'Parrot',
        'Monkey',
        'Rabbit',
        'Tiger',
        'Fish',
        'Turtle',
        'Bicycle',
        'Motorcycle',
        'Airplane',
        'Boat',
        'Vehical',
    ),
}


def resolve_class_names(
    classes: str | Sequence[str] | None,
) -> tuple[str, ...] | None:
    """Names of a class set, names as given, or None for the file's own.

    Raises:
        UserError: If a set of this name is not known.
    """
    if classes is None:
        return None
    if not isinstance(classes, str):
        return tuple(classes)
    if classes not in CLASS_NAMES:
        raise UserError(
            f'no class set {classes!r}; choose one of {sorted(CLASS_NAMES)} '
            'or give a list of names'
        )
    return CLASS_NAMES[classes]


def match_categories(
    categories: list[dict], names: tuple[str, ...] | None, source: str
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Give each class its category id in a file, by name.

    Args:
        categories: The file's category dicts, in any order.
        names: Class names in the order of the labels; None for all
            categories by ascending id.
        source: The file, for messages.

    Returns:
        K class names and their K category ids, in the order of the labels.

    Raises:
        UserError: If a name is not in the file or stands there twice.
    """
    if names is None:
        ordered = sorted(categories, key=lambda category: category['id'])
        return (
            tuple(category['name'] for category in ordered),
            tuple(category['id'] for category in ordered),
        )
    ids_of = {}
    for category in categories:
        ids_of.setdefault(category['name'], []).append(category['id'])
    cat_ids = []
    for name in names:
        ids = ids_of.get(name, [])
        if not ids:
            raise UserError(_describe_missing(name, list(ids_of), source))
        if len(ids) > 1:
            raise UserError(
                f'{source} has {len(ids)} categories {name!r} (ids {ids}); '
                'expected one, give each its own name'
            )
        cat_ids.append(ids[0])
    return tuple(names), tuple(cat_ids)


def _describe_missing(name: str, known: list[str], source: str) -> str:
    folded = {other.casefold(): other for other in known}
    near = difflib.get_close_matches(name.casefold(), folded, 1, 0.5)
    hint = f'; the nearest is {folded[near[0]]!r}' if near else ''
    return (
        f'{source} has no category {name!r}{hint}; its {len(known)} '
        f'categories are {sorted(known)[:8]}'
        f'{" and more" if len(known) > 8 else ""}: set the classes of the '
        'config to names of the file'
    )
