"""Tables that tools put into pages of the documents."""

from pathlib import Path

from mmselfshot.utils.errors import UserError
from mmselfshot.utils.files import write_atomically


def put_into_page(page: str | Path, table: str, name: str) -> None:
    """Replace what stands between two comment lines of a page.

    Args:
        page: Has the lines `<!-- NAME -->` and `<!-- end of NAME -->`.
        table: Markdown, ends with a new line.
        name: Of the place.

    Raises:
        UserError: If the page has no such lines.
    """
    page = Path(page)
    first, last = f'<!-- {name} -->', f'<!-- end of {name} -->'
    text = page.read_text() if page.is_file() else ''
    if first not in text or last not in text.split(first)[1]:
        raise UserError(
            f'{page} has no lines {first} and {last}; add them where the '
            'tables are to stand'
        )
    before, rest = text.split(first, 1)
    after = rest.split(last, 1)[1]
    with write_atomically(page) as beside:
        beside.write_text(f'{before}{first}\n{table}{last}{after}')
