"""Labels for videos without labels: masks, names, filters, label files."""

from mmselfshot.labelling.mask_cut import MaskCut
from mmselfshot.labelling.proposals import Proposals

__all__ = ['MaskCut', 'Proposals']
