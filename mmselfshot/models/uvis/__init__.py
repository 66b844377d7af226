"""UVIS: MinVIS on pseudo labels, tracked with a memory bank."""

from mmselfshot.models.uvis.memory_bank_tracker import MemoryBankTracker

__all__ = ['MemoryBankTracker']
