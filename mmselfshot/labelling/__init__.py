"""Labels for videos without labels: masks, names, filters, label files."""

from mmselfshot.labelling.clip_namer import CLIPNamer
from mmselfshot.labelling.cutler import CutLER
from mmselfshot.labelling.dino_features import DINOFeatures
from mmselfshot.labelling.hand_made_features import HandMadeFeatures
from mmselfshot.labelling.mask_cut import MaskCut
from mmselfshot.labelling.proposals import Proposals
from mmselfshot.labelling.proposer_pool import ProposerPool
from mmselfshot.labelling.prototype_memory import PrototypeMemory
from mmselfshot.labelling.quality_filter import QualityFilter
from mmselfshot.labelling.score_filter import ScoreFilter

__all__ = [
    'CLIPNamer',
    'CutLER',
    'DINOFeatures',
    'HandMadeFeatures',
    'MaskCut',
    'Proposals',
    'ProposerPool',
    'PrototypeMemory',
    'QualityFilter',
    'ScoreFilter',
]
