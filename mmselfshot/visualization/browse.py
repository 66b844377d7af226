"""Look at the data set of a config."""

from collections.abc import Sequence
from pathlib import Path

from mmengine.config import Config
from mmengine.fileio import join_path

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.registry import DATASETS, SCOPE
from mmselfshot.utils import UserError
from mmselfshot.utils.config_parts import find_dataset
from mmselfshot.visualization.films import write_label_films

_FIRST = 5


def browse_dataset(
    cfg: Config,
    split: str,
    out_dir: str | Path,
    video_ids: Sequence[int] | None = None,
    fps: float = 6.0,
) -> list[Path]:
    """Write films of the label file that a split of a config names.

    Which frames are labelled is what the data set takes for labelled, so its
    option `labelled` counts.

    Args:
        cfg: Of a run.
        split: `train`, `val` or `test`.
        out_dir: Gets `<video id>.mp4` and `<video id>.png`.
        video_ids: Which videos; None for the first five.
        fps: Frames per second.

    Returns:
        The paths of the films.

    Raises:
        UserError: If the split has no label file, or as `write_label_films`.
    """
    settings = find_dataset(cfg, split)
    if not settings.get('ann_file'):
        raise UserError(
            f'{cfg.filename or "the config"} has no '
            f'{split}_dataloader.dataset.ann_file; choose another --split'
        )
    root = settings.get('data_root') or ''
    ann_file = join_path(root, settings['ann_file'])
    prefix = (settings.get('data_prefix') or {}).get('img') or ''
    labels = LabelFile.load(ann_file)
    if settings.get('labelled', 'file') != 'file':
        _mark_labelled(labels, settings)
    if video_ids is None:
        video_ids = list(labels.videos)[:_FIRST]
    return write_label_films(
        labels, join_path(root, prefix), out_dir, video_ids, fps
    )


def _mark_labelled(labels: LabelFile, settings: dict) -> None:
    """Write the data set's own idea of labelled frames into the videos."""
    from mmengine.registry import DefaultScope

    settings = dict(settings, pipeline=[], test_mode=False, frames='any')
    with DefaultScope.overwrite_default_scope(SCOPE):
        dataset = DATASETS.build(settings)
    for index in range(len(dataset)):
        record = dataset.get_data_info(index)
        video = labels.videos[record['video_id']]
        video['labelled_frames'] = record['labelled']
