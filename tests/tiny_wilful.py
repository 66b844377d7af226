"""A retriever config with a tiny transformer, and encoders that misbehave."""

import os
import signal
from pathlib import Path

import torch

from mmselfshot.models.retriever.encoders import JointVideoTransformer
from mmselfshot.registry import MODELS
from mmselfshot.retrieval import clip_encoding

NUM_FRAMES = 2
CHANNELS = 8


@MODELS.register_module()
class WilfulEncoder(JointVideoTransformer):
    """Zero for black clips, not finite for white ones; may end the process.

    It is killed in the clip after DIE_AFTER_CLIPS others, each of which is
    committed at once.
    """

    num_clips = 0

    def describe(self, clips):
        WilfulEncoder.num_clips += 1
        limit = os.environ.get('DIE_AFTER_CLIPS')
        if limit is not None:
            clip_encoding.COMMIT_SECONDS = 0
            if WilfulEncoder.num_clips > int(limit):
                os.kill(os.getpid(), signal.SIGKILL)
        vectors = super().describe(clips)
        grey = (clips * self.std + self.mean).mean((1, 2, 3, 4))
        vectors = vectors.masked_fill(grey[:, None] < 1, 0)
        return vectors.masked_fill(grey[:, None] > 254, float('nan'))


def encoder_cfg(seed: int = 0, type: str = 'WilfulEncoder') -> dict:
    return dict(
        type=type,
        embed_dims=CHANNELS,
        depth=1,
        num_heads=2,
        patch_size=8,
        clip_size=(16, 16),
        num_frames=NUM_FRAMES,
        seed=seed,
    )


def write_retriever_config(path: Path, seed: int = 0) -> Path:
    """A config that needs no checkpoint."""
    path.write_text(
        "custom_imports = dict(imports=['tiny_wilful'])\n"
        f"model = dict(type='Retriever', encoder={encoder_cfg(seed)!r})\n"
    )
    return path


def write_checkpoint(path: Path, seed: int) -> Path:
    """Weights as a training of the config leaves them."""
    encoder = MODELS.build(encoder_cfg(seed))
    weights = {f'encoder.{k}': v for k, v in encoder.state_dict().items()}
    weights['head.0.weight'] = torch.zeros(3, CHANNELS)
    torch.save({'state_dict': weights, 'meta': {}}, path)
    return path
