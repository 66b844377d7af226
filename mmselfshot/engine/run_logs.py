"""Curves out of the logs that training leaves in its work dir."""

import json
from collections.abc import Sequence
from pathlib import Path

from mmselfshot.utils import UserError, write_atomically

DEFAULT_KEYS = ('loss', 'vis/AP50', 'vis/pooled_AP50')

Curve = list[tuple[int, float]]


def read_curves(path: str | Path) -> dict[str, Curve]:
    """Read every number that a run has logged.

    Args:
        path: A work dir, whose parts (after an interruption, say) are put
            together, or one `scalars.json`.

    Returns:
        Name -> (iteration, value) pairs, by iteration; where a resumed run
        did an iteration again, the later value.

    Raises:
        UserError: If there is no log.
    """
    path = Path(path)
    files = [path] if path.is_file() else _find_logs(path)
    if not files:
        raise UserError(
            f'no scalars.json in {path}; expected the work dir of a run; '
            'check the path'
        )
    curves: dict[str, dict[int, float]] = {}
    for file in files:
        for number, line in enumerate(file.read_text().splitlines(), 1):
            try:
                entry = json.loads(line)
                step = int(entry.pop('step'))
            except (ValueError, KeyError, AttributeError, TypeError):
                raise UserError(
                    f'{file} line {number} is no log entry; expected '
                    'a scalars.json written by training; remove that line'
                ) from None
            for name, value in entry.items():
                if isinstance(value, (int, float)) and name != 'iter':
                    curves.setdefault(name, {})[step] = float(value)
    return {name: sorted(curve.items()) for name, curve in curves.items()}


def _find_logs(folder: Path) -> list[Path]:
    return sorted(folder.glob('*/vis_data/scalars.json'))


def choose_keys(
    runs: dict[str, dict[str, Curve]], wanted: Sequence[str]
) -> list[str]:
    """Keep the wanted names that were logged; without any, the usual ones.

    Raises:
        UserError: If a name was logged by no run.
    """
    known = {name for curves in runs.values() for name in curves}
    for name in wanted:
        if name not in known:
            raise UserError(
                f'no run has logged {name!r}; choose from '
                f'{", ".join(sorted(known))}'
            )
    return list(wanted) or [name for name in DEFAULT_KEYS if name in known]


def format_table(
    runs: dict[str, dict[str, Curve]], keys: Sequence[str]
) -> str:
    """Lay out first, last, least and greatest value of each curve."""
    head = ('run', 'key', 'points', 'first', 'last', 'least', 'greatest')
    rows = [head]
    for run, curves in runs.items():
        for key in keys:
            curve = curves.get(key)
            if not curve:
                continue
            least = min(curve, key=lambda point: point[1])
            most = max(curve, key=lambda point: point[1])
            shown = [_show(p) for p in (curve[0], curve[-1], least, most)]
            rows.append((run, key, str(len(curve)), *shown))
    widths = [max(map(len, column)) for column in zip(*rows)]
    return '\n'.join(
        '  '.join(text.ljust(width) for text, width in zip(row, widths))
        for row in rows
    )


def _show(point: tuple[int, float]) -> str:
    return f'{point[1]:.4g} @{point[0]}'


def plot_curves(
    runs: dict[str, dict[str, Curve]], keys: Sequence[str], out: str | Path
) -> None:
    """Draw one panel per key and one line per run into an image file."""
    import matplotlib

    matplotlib.use('Agg')
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(
        len(keys), figsize=(7, 3 * len(keys)), squeeze=False
    )
    for panel, key in zip(panels[:, 0], keys):
        for run, curves in runs.items():
            if key in curves:
                marker = '.' if len(curves[key]) < 30 else None
                panel.plot(*zip(*curves[key]), label=run, marker=marker)
        panel.set(xlabel='iteration', ylabel=key)
        panel.grid(alpha=0.3)
        panel.legend()
    figure.tight_layout()
    with write_atomically(out) as beside:
        figure.savefig(beside, dpi=120)
    pyplot.close(figure)
