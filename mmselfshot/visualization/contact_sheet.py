"""One HTML page with pictures of kept and dropped masks.

Made from the candidates alone; the pictures are part of the page, so that it
can be sent around.
"""

import base64
import html
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mmselfshot.labelling.candidates import CandidateTable
from mmselfshot.labelling.filter_report import (
    format_label_report,
    make_label_report,
)
from mmselfshot.structures import decode_mask
from mmselfshot.utils import write_atomically
from mmselfshot.utils.video_io import read_image
from mmselfshot.visualization.draw import draw_masks

KEPT = (40, 200, 90)
DROPPED = (230, 60, 60)
_STYLE = """body{font:14px sans-serif;margin:1em;background:#18181c;color:#eee}
figure{display:inline-block;margin:4px;width:168px;vertical-align:top}
figure img{width:160px;height:120px;object-fit:contain;background:#000;
border:3px solid}
.kept img{border-color:#28c85a}.dropped img{border-color:#e63c3c}
figcaption{font-size:12px}pre{background:#222;padding:1em}"""


def write_contact_sheet(
    table: CandidateTable,
    root: str | Path,
    path: str | Path,
    per_class: int = 12,
    side: int = 160,
    seed: int = 0,
) -> int:
    """Write the page.

    Per class there are up to `per_class` kept masks and as many dropped ones
    of every reason, drawn at random from all; a caption names class, scores,
    reason, and where the mask is.

    Args:
        table: Filtered.
        root: Folder that the file names of its videos start from.
        path: Page to write, whole or not at all.
        per_class: See above.
        side: Longer side of a picture, in pixels.
        seed: Of the choice.

    Returns:
        How many masks are on the page.

    Raises:
        VideoError: If a frame cannot be read.
    """
    number = 0
    with (
        write_atomically(path) as beside,
        open(beside, 'w', encoding='utf-8') as file,
    ):
        report = format_label_report(make_label_report(table))
        file.write(
            '<!doctype html><meta charset="utf-8"><title>Candidates</title>'
            f'<style>{_STYLE}</style><h1>{html.escape(table.source)}</h1>'
            f'<pre>{html.escape(report)}</pre>\n'
        )
        for label, name in enumerate(table.classes):
            groups = list(choose_examples(table, label, per_class, seed))
            if groups:
                file.write(f'<h2>{html.escape(name)}</h2>\n')
            for reason, total, rows in groups:
                title = f'dropped: {reason}' if reason else 'kept'
                file.write(
                    f'<h3>{html.escape(title)} ({len(rows)} of {total})</h3>\n'
                )
                for row in rows:
                    file.write(_figure(table, Path(root), row, side))
                number += len(rows)
    return number


def choose_examples(
    table: CandidateTable, label: int, number: int, seed: int
) -> Iterator[tuple[str, int, list[int]]]:
    """Draw examples of a class, the kept ones first, then by reason.

    Yields:
        Reason ('' = kept), how many there are, ascending rows of the drawn
        ones.
    """
    of_class = table.label == label
    for reason in ['', *sorted(set(table.reason[of_class]) - {''})]:
        rows = np.flatnonzero(of_class & (table.reason == reason))
        if len(rows) == 0:
            continue
        rng = np.random.default_rng([seed, label])
        drawn = rng.permutation(rows)[:number]
        yield reason, len(rows), sorted(drawn.tolist())


def _figure(table: CandidateTable, root: Path, row: int, side: int) -> str:
    video = table.videos[int(table.video_id[row])]
    frame = int(table.frame_id[row])
    reason = table.reason[row]
    image = read_image(root / video['file_names'][frame])
    mask = decode_mask(table.rles[row], *image.shape[:2])
    picture = _cut_out(
        draw_masks(image, [mask], [DROPPED if reason else KEPT], 0.3),
        table.box[row],
        side,
    )
    lines = [
        f'{table.classes[table.label[row]]} {table.clip_score[row]:.2f}',
        f'mask {table.mask_score[row]:.2f}',
        *(
            f'{name.replace("_", " ")} {column[row]:.2f}'
            for name, column in table.extra.items()
            if not np.isnan(column[row])
        ),
        f'{video["name"]}, frame {frame}',
    ]
    caption = '<br>'.join(html.escape(line) for line in lines)
    kind = 'dropped' if reason else 'kept'
    return (
        f'<figure class="{kind}"><img alt="{kind}" src="data:image/jpeg;'
        f'base64,{_encode(picture)}"><figcaption>{caption}</figcaption>'
        '</figure>\n'
    )


def _cut_out(image: np.ndarray, box: np.ndarray, side: int) -> np.ndarray:
    """The surroundings of a box, at most `side` pixels long or enlarged."""
    import cv2

    height, width = image.shape[:2]
    left, top, right, bottom = box.tolist()
    margin = 0.5 * max(right - left, bottom - top, 16)
    top, bottom = max(0, top - margin), min(height, bottom + margin)
    left, right = max(0, left - margin), min(width, right + margin)
    part = image[int(top) : int(bottom) + 1, int(left) : int(right) + 1]
    scale = side / max(part.shape[:2])
    size = [max(1, round(length * scale)) for length in part.shape[1::-1]]
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    return cv2.resize(part, size, interpolation=way)


def _encode(picture: np.ndarray) -> str:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture).save(file, 'JPEG', quality=80)
    return base64.b64encode(file.getvalue()).decode('ascii')
