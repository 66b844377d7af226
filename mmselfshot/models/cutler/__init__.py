"""CutLER: a class-agnostic detector trained on MaskCut's masks."""

from mmselfshot.models.cutler.cutler_detector import CutLERDetector
from mmselfshot.models.cutler.cutler_roi_head import CutLERRoIHead

__all__ = ['CutLERDetector', 'CutLERRoIHead']
