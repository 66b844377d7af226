"""UVIS: MinVIS on pseudo labels, tracked with a memory bank."""

from mmselfshot.models.uvis.memory_bank_tracker import MemoryBankTracker
from mmselfshot.models.uvis.uvis import UVIS
from mmselfshot.models.uvis.uvis_head import UVISHead

__all__ = ['UVIS', 'MemoryBankTracker', 'UVISHead']
