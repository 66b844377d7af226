"""Labels for videos without labels: masks, names, filters, label files."""

from mmselfshot.labelling.clip_namer import CLIPNamer
from mmselfshot.labelling.cutler import CutLER
from mmselfshot.labelling.dino_features import DINOFeatures
from mmselfshot.labelling.mask_cut import MaskCut
from mmselfshot.labelling.proposals import Proposals
from mmselfshot.labelling.prototype_memory import PrototypeMemory
from mmselfshot.labelling.quality_filter import QualityFilter
from mmselfshot.labelling.score_filter import ScoreFilter

__all__ = [
    'CLIPNamer',
    'CutLER',
    'DINOFeatures',
    'MaskCut',
    'Proposals',
    'PrototypeMemory',
    'QualityFilter',
    'ScoreFilter',
]
