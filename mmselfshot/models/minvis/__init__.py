"""MinVIS: per-frame instance segmentation, tracked by query embeddings."""

from mmselfshot.models.minvis.float32_pixel_decoder import Float32PixelDecoder
from mmselfshot.models.minvis.minvis import MinVIS
from mmselfshot.models.minvis.minvis_head import MinVISHead
from mmselfshot.models.minvis.minvis_tracker import MinVISTracker
from mmselfshot.models.minvis.pseudo_targets import pseudo_targets
from mmselfshot.models.minvis.streamed_tracks import StreamedTracks

__all__ = [
    'Float32PixelDecoder',
    'MinVIS',
    'MinVISHead',
    'MinVISTracker',
    'StreamedTracks',
    'pseudo_targets',
]
