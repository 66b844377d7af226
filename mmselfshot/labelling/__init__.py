"""Labels for videos without labels: masks, names, filters, label files."""

from mmselfshot.labelling.mask_cut import MaskCut
from mmselfshot.labelling.proposals import Proposals
from mmselfshot.labelling.prototype_memory import PrototypeMemory
from mmselfshot.labelling.quality_filter import QualityFilter
from mmselfshot.labelling.score_filter import ScoreFilter

__all__ = [
    'MaskCut',
    'Proposals',
    'PrototypeMemory',
    'QualityFilter',
    'ScoreFilter',
]
