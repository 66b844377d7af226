"""The same candidates with fewer or more filters, and how right they are.

An arm is a label file of the ladder of UVIS's ablation: raw labels, labels
after the score filter, labels after the prototype memory too.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmselfshot.utils import read_json, write_json

# arm -> which filters of the config it has; None: all
ARMS: dict[str, tuple[str, ...] | None] = {
    'raw': (),
    'score': ('ScoreFilter',),
    'memory': None,
}
TITLES = {
    'raw': 'raw labels',
    'score': '+ score filter',
    'memory': '+ prototype memory',
}


def write_label_arms(
    candidates: str | Path,
    filters: Sequence[Mapping[str, Any]],
    truth: str | Path,
    out: str | Path,
) -> dict[str, dict[str, Any]]:
    """Filter candidates as each arm does and compare with the true labels.

    The true labels are looked at to measure, never to label. What is there
    already is kept, if it was made from the same candidates and filters.

    Args:
        candidates: Label file whose candidates lie beside it.
        filters: Of the config.
        truth: True labels of the same videos.
        out: Folder that gets `<arm>.json` and `<arm>.quality.json`.

    Returns:
        By arm, the quality as of `label_quality`.

    Raises:
        UserError: If a file cannot be read or the two do not fit.
    """
    from mmselfshot.labelling.candidate_store import read_candidates
    from mmselfshot.utils.hashes import hash_of

    candidates, out = Path(candidates), Path(out)
    key = hash_of([str(candidates.resolve()), list(filters)])
    qualities: dict[str, dict[str, Any]] = {}
    table = labels = None
    for arm, names in ARMS.items():
        path = out / f'{arm}.quality.json'
        done = read_json(path) if path.is_file() else {}
        if done.get('key') == key and (out / f'{arm}.json').is_file():
            qualities[arm] = done['quality']
            continue
        if table is None:
            from mmselfshot.datasets import LabelFile

            table = read_candidates(candidates)
            labels = LabelFile.load(truth)
        chosen = [
            one
            for one in filters
            if names is None or one['type'].rsplit('.', 1)[-1] in names
        ]
        quality = _write_arm(table.fresh(), chosen, labels, out, arm)
        write_json(path, {'key': key, 'quality': quality})
        qualities[arm] = read_json(path)['quality']
    return qualities


def _write_arm(
    table: Any, filters: list, truth: Any, out: Path, arm: str
) -> dict[str, Any]:
    from mmselfshot.evaluation import label_quality
    from mmselfshot.labelling.filter_report import apply_filters
    from mmselfshot.labelling.label_writer import make_label_file

    apply_filters(table, filters)
    labels = make_label_file(table)
    labels.save(out / f'{arm}.json')
    frames = {key: one['sampled'] for key, one in table.videos.items()}
    return label_quality(labels, truth, frames)
