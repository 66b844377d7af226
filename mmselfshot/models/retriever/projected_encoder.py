"""An encoder with the head that the loss sees.

Source: MoCo v2 and v3 put an MLP between trunk and loss, and search uses the
trunk. Ours: Self-Shot VIS names MoCo v1 to v3 and no head; three layers, 256
wide, without batch normalisation, which would let a clip see its batch.
"""

from torch import Tensor, nn

from mmselfshot.models.retriever.encoders import ClipEncoder


def projection_head(num_channels: int, dims: int = 256) -> nn.Sequential:
    """MLP of three layers: (B, num_channels) to (B, dims)."""
    return nn.Sequential(
        nn.Linear(num_channels, dims),
        nn.ReLU(inplace=True),
        nn.Linear(dims, dims),
        nn.ReLU(inplace=True),
        nn.Linear(dims, dims),
    )


class ProjectedEncoder(nn.Module):
    """Trunk, then head.

    Args:
        encoder: The trunk.
        head: As of `projection_head`.
    """

    def __init__(self, encoder: ClipEncoder, head: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = head

    def forward(self, clips: Tensor) -> Tensor:
        """(B, dims) float of clips, see `ClipEncoder.forward`."""
        return self.head(self.encoder(clips))
