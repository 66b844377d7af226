"""Self-Shot VIS: segment unseen kinds with the help of support videos."""

from mmselfshot.models.selfshot.attention import (
    MultiHeadAttention,
    add_position,
    attend,
    xavier_linear,
)
from mmselfshot.models.selfshot.cached_encoder import CachedEncoder
from mmselfshot.models.selfshot.cell_loss import CellLoss
from mmselfshot.models.selfshot.checkpointing import run_part
from mmselfshot.models.selfshot.episode_encoder import (
    EncodedQuery,
    EpisodeEncoder,
)
from mmselfshot.models.selfshot.fuser import QuerySupportFuser
from mmselfshot.models.selfshot.instance_sequence_assigner import (
    InstanceSequenceAssigner,
)
from mmselfshot.models.selfshot.motion_segmenter import MotionSegmenter
from mmselfshot.models.selfshot.position_encoding import (
    sine_grid_3d,
    sine_position_3d,
)
from mmselfshot.models.selfshot.segmenter import InstanceSegmenter
from mmselfshot.models.selfshot.selfshot_network import SelfShotNetwork
from mmselfshot.models.selfshot.selfshot_vis import SelfShotVIS
from mmselfshot.models.selfshot.sequence_losses import (
    box_sequence_terms,
    generalized_iou,
    mask_sequence_terms,
)
from mmselfshot.models.selfshot.sequence_set_loss import SequenceSetLoss
from mmselfshot.models.selfshot.slot_attention import (
    SlotAttention,
    slot_attention_maps,
)
from mmselfshot.models.selfshot.slot_conv import SlotConv
from mmselfshot.models.selfshot.slot_heads import SlotHeads
from mmselfshot.models.selfshot.slot_outputs import DecodedQuery, SlotOutputs
from mmselfshot.models.selfshot.slot_tracks import make_tracks
from mmselfshot.models.selfshot.support_cache import (
    SupportCache,
    SupportKey,
    clip_hash,
)
from mmselfshot.models.selfshot.transformer_layers import (
    SlotDecoder,
    SpatioTemporalEncoder,
)
from mmselfshot.models.selfshot.window_cutter import WindowCutter
from mmselfshot.models.selfshot.window_joiner import (
    join_slots,
    mask_overlap,
    slot_affinity,
)
from mmselfshot.models.selfshot.window_rules import WindowRules
from mmselfshot.models.selfshot.windowed_tracks import (
    SlotWindow,
    WindowedTracks,
)

__all__ = [
    'CachedEncoder',
    'CellLoss',
    'DecodedQuery',
    'EncodedQuery',
    'EpisodeEncoder',
    'InstanceSegmenter',
    'InstanceSequenceAssigner',
    'MotionSegmenter',
    'MultiHeadAttention',
    'QuerySupportFuser',
    'SelfShotNetwork',
    'SelfShotVIS',
    'SequenceSetLoss',
    'SlotAttention',
    'SlotConv',
    'SlotDecoder',
    'SlotHeads',
    'SlotOutputs',
    'SlotWindow',
    'SpatioTemporalEncoder',
    'SupportCache',
    'SupportKey',
    'WindowCutter',
    'WindowRules',
    'WindowedTracks',
    'add_position',
    'attend',
    'box_sequence_terms',
    'clip_hash',
    'generalized_iou',
    'join_slots',
    'make_tracks',
    'mask_overlap',
    'mask_sequence_terms',
    'run_part',
    'sine_grid_3d',
    'sine_position_3d',
    'slot_affinity',
    'slot_attention_maps',
    'xavier_linear',
]
