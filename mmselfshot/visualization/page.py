"""One HTML page of texts, tables and pictures, which can be sent around."""

import base64
import html
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmselfshot.utils import write_atomically

_STYLE = """body{font:15px sans-serif;margin:2em auto;max-width:1100px;
background:#18181c;color:#eee}a{color:#8bf}img{max-width:100%}
table{border-collapse:collapse;margin:1em 0}
td,th{padding:4px 12px;border-bottom:1px solid #444;text-align:right}
td:first-child,th:first-child{text-align:left}figure{margin:1em 0}
figcaption{color:#bbb;margin-bottom:4px}"""


class Page:
    """Collects the parts of a page in their order.

    Args:
        title: Of the page.
    """

    def __init__(self, title: str) -> None:
        self._title = html.escape(title)
        self._parts = [f'<h1>{self._title}</h1>']

    def add_heading(self, text: str) -> None:
        """Begin a part."""
        self._parts.append(f'<h2>{html.escape(text)}</h2>')

    def add_text(self, text: str) -> None:
        """Add a paragraph."""
        self._parts.append(f'<p>{html.escape(text)}</p>')

    def add_link(self, text: str, target: str) -> None:
        """Add a link to a file beside the page."""
        self._parts.append(
            f'<p><a href="{html.escape(target, quote=True)}">'
            f'{html.escape(text)}</a></p>'
        )

    def add_table(
        self, head: Sequence[str], rows: Sequence[Sequence[str]]
    ) -> None:
        """Add a table of texts."""
        lines = [_row(head, 'th'), *(_row(row, 'td') for row in rows)]
        self._parts.append('<table>' + '\n'.join(lines) + '</table>')

    def add_picture(self, path: str | Path, caption: str) -> None:
        """Put a PNG into the page itself."""
        self._add_figure(Path(path).read_bytes(), 'png', caption)

    def add_image(self, image: np.ndarray, caption: str) -> None:
        """Put pixels into the page itself, as a JPEG.

        Args:
            image: (H, W, 3) uint8 RGB.
            caption: Stands above it.
        """
        from PIL import Image

        file = io.BytesIO()
        Image.fromarray(image).save(file, 'JPEG', quality=85)
        self._add_figure(file.getvalue(), 'jpeg', caption)

    def _add_figure(self, picture: bytes, kind: str, caption: str) -> None:
        content = base64.b64encode(picture).decode('ascii')
        text = html.escape(caption)
        self._parts.append(
            f'<figure><figcaption>{text}</figcaption>'
            f'<img alt="{text}" src="data:image/{kind};base64,{content}">'
            '</figure>'
        )

    def write(self, path: str | Path) -> None:
        """Write the page, whole or not at all."""
        text = '\n'.join(
            [
                '<!doctype html><html lang="en"><meta charset="utf-8">',
                f'<title>{self._title}</title><style>{_STYLE}</style>',
                *self._parts,
                '</html>\n',
            ]
        )
        with write_atomically(path) as beside:
            beside.write_text(text, encoding='utf-8')


def _row(cells: Sequence[str], tag: str) -> str:
    inner = ''.join(f'<{tag}>{html.escape(one)}</{tag}>' for one in cells)
    return f'<tr>{inner}</tr>'
