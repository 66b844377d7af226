"""Class names: any words, as long as they can be told apart."""

from collections.abc import Sequence

from mmselfshot.utils import UserError


def check_vocabulary(classes: Sequence[str]) -> tuple[str, ...]:
    """Refuse class names that cannot be told apart.

    Returns:
        The names as they were given.

    Raises:
        UserError: If there is none, one is empty or no text, or two differ
            in nothing but case, blanks and underscores.
    """
    if isinstance(classes, str):
        raise UserError(f'classes is {classes!r}; expected a list of names')
    seen: dict[str, str] = {}
    for place, name in enumerate(classes, 1):
        if not isinstance(name, str) or not name.strip(' _'):
            raise UserError(
                f'class {place} of {len(classes)} is {name!r}; expected a '
                'name, write one or take it out'
            )
        folded = ' '.join(name.replace('_', ' ').split()).casefold()
        if folded in seen:
            raise UserError(
                f'classes {seen[folded]!r} and {name!r} are the same; '
                'expected different names, take one out'
            )
        seen[folded] = name
    if not seen:
        raise UserError('there are no classes; give at least one name')
    return tuple(classes)
