"""The part `labelling` of a config.

labelling = dict(
    out='.../uvis_pseudo.json',
    videos=dict(root='.../train/JPEGImages', ann_file=None),
    classes='ytvis19',
    proposer=dict(type='MaskCut', ...),
    namer=dict(type='CLIPNamer', ...),
    filters=[dict(type='ScoreFilter'), dict(type='PrototypeMemory')],
)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmselfshot.utils import UserError
from mmselfshot.utils.hashes import hash_of
from mmselfshot.version import __version__


@dataclass
class LabellingSettings:
    """How videos are labelled.

    Attributes:
        out: The label file.
        videos: `root` (folder) and `ann_file` (or None), see
            `find_source_videos`.
        proposer: Of `VideoLabeller`; so are `namer`, `frame_step` and
            `window`.
        classes: A class set (`ytvis19`, `ytvis21`, `ovis`) or names.
        filters: Configs, applied in this order.
        num_processes: On the CPU, without a launcher.
        custom_imports: Of the config; modules that register parts.
    """

    out: Path
    videos: dict[str, Any]
    proposer: dict
    namer: dict | None = None
    classes: Any = ('object',)
    filters: list[dict] = field(default_factory=list)
    frame_step: int = 1
    window: int = 8
    num_processes: int = 1
    custom_imports: dict | None = None

    @classmethod
    def from_config(
        cls,
        cfg: Config | Mapping[str, Any],
        videos: str | Path | None = None,
        out: str | Path | None = None,
        images: str | Path | None = None,
    ) -> 'LabellingSettings':
        """Read the part `labelling` of a config.

        Args:
            cfg: A config.
            videos: In place of the config's: a folder, a video file, or a
                label file whose list of videos counts.
            out: In place of the config's.
            images: Folder that the file names of a label file start from;
                that of the label file by default.

        Raises:
            UserError: If a key is missing or not known.
        """
        part = cfg.get('labelling')
        if part is None:
            raise UserError(
                'the config has no part "labelling"; give one such as '
                'configs/uvis/uvis_toyvis.py'
            )
        part = Config({'labelling': part}).to_dict()['labelling']
        if videos is not None:
            part['videos'] = _read_videos(Path(videos), images)
        if out is not None:
            part['out'] = out
        known = {one.name for one in fields(cls)} - {'custom_imports'}
        unknown = sorted(set(part) - known)
        if unknown:
            raise UserError(
                f'labelling.{unknown[0]}: no such key; expected '
                f'{", ".join(sorted(known))}'
            )
        for name in ('out', 'videos', 'proposer'):
            if not part.get(name):
                raise UserError(f'labelling.{name} is not set; set it')
        unknown = sorted(set(part['videos']) - {'root', 'ann_file'})
        if unknown or not part['videos'].get('root'):
            raise UserError(
                f'labelling.videos is {part["videos"]}; expected root, and '
                'ann_file if there is a list of videos'
            )
        part['out'] = Path(part['out'])
        imports = cfg.get('custom_imports')
        return cls(**part, custom_imports=imports and dict(imports))

    @property
    def frames_dir(self) -> Path:
        """Where frames of video files go."""
        return self.out.with_name(f'{self.out.stem}.frames')

    @property
    def class_names(self) -> Sequence[str]:
        """The names, K of them."""
        from mmselfshot.datasets.class_names import resolve_class_names

        return resolve_class_names(self.classes) or ()

    def labeller_options(self) -> dict[str, Any]:
        """Arguments of `VideoLabeller`, without the device."""
        return {
            'proposer': self.proposer,
            'namer': self.namer,
            'classes': tuple(self.class_names),
            'frame_step': self.frame_step,
            'window': self.window,
        }

    def key(self) -> str:
        """Hash of all that decides about candidates but the videos."""
        return hash_of([self.labeller_options(), __version__])


def _read_videos(
    videos: Path, images: str | Path | None
) -> dict[str, str | None]:
    if videos.suffix == '.json':
        return {
            'root': str(images or videos.parent),
            'ann_file': str(videos),
        }
    if images is not None:
        raise UserError(
            f'{videos} is no label file, so it holds its frames itself; '
            'leave out the folder of images'
        )
    return {'root': str(videos), 'ann_file': None}
