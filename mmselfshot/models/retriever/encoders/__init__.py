"""Networks that turn a clip into a vector, behind one interface."""

from mmselfshot.models.retriever.encoders.clip_encoder import ClipEncoder
from mmselfshot.models.retriever.encoders.control_encoders import (
    MeanColourEncoder,
    ThumbnailEncoder,
)
from mmselfshot.models.retriever.encoders.frame_average_encoder import (
    FrameAverageEncoder,
)
from mmselfshot.models.retriever.encoders.joint_video_transformer import (
    JointVideoTransformer,
)
from mmselfshot.models.retriever.encoders.open_clip_image_tower import (
    OpenCLIPImageTower,
)

__all__ = [
    'ClipEncoder',
    'FrameAverageEncoder',
    'JointVideoTransformer',
    'MeanColourEncoder',
    'OpenCLIPImageTower',
    'ThumbnailEncoder',
]
