"""One answer for a whole exam from ProFound's encoder."""

from __future__ import annotations

from torch import Tensor, nn

from .convnextv2 import ConvNeXtV2
from .sizes import ENCODER_SIZES
from .split import SplitNetwork


class ProFoundClassifier(SplitNetwork):
    """ProFound's encoder, pooled, with two linear layers.

    Args:
        outputs: number of classes (or of independent labels, or 1 for a value).
        in_channels: image channels.
        size: encoder size.
        hidden: width between the two layers.
        drop_path: highest rate of stochastic depth in the encoder.
    """

    sizes = ENCODER_SIZES
    size_factor = (16, 16, 16)
    encoder: ConvNeXtV2

    def __init__(
        self,
        *,
        outputs: int,
        in_channels: int = 3,
        size: str = "tiny",
        hidden: int = 256,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        self.encoder = ConvNeXtV2(in_channels=in_channels, size=size, drop_path=drop_path)
        self.head = nn.Sequential(
            nn.Linear(self.encoder.dims[-1], hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Linear(hidden, outputs)
        )

    def encode(self, images: Tensor) -> list[Tensor]:
        """One vector an exam, (N, C), as the only feature."""
        return [self.encoder(images)]

    def decode(self, features: list[Tensor]) -> Tensor:
        """Logits (N, outputs)."""
        return self.head(features[0])
