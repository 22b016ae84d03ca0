"""A light feature pyramid (Lin et al., arXiv 1612.03144) on ProFound's encoder."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from .convnextv2 import ConvNeXtV2
from .enlarging import Enlarging
from .norms import ChannelNorm
from .sizes import ENCODER_SIZES
from .split import SplitNetwork
from .upernet import ConvUnit, resized
from .windows import Cut, Window


class FpnHead(nn.Module):
    """Each map brought to a few channels, summed from the coarsest to the finest, smoothed once, classified.

    Args:
        dims: channels of the maps, finest first.
        hidden: channels of the pyramid.
        outputs: output channels.
    """

    def __init__(self, dims: Sequence[int], *, hidden: int, outputs: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(ChannelNorm(channels) for channels in dims)
        self.laterals = nn.ModuleList(nn.Conv3d(channels, hidden, kernel_size=1) for channels in dims)
        self.smooth = ConvUnit(hidden, hidden, kernel=3)
        self.classifier = nn.Conv3d(hidden, outputs, kernel_size=1)

    def forward(self, maps: Sequence[Tensor], cut: Cut | None = None) -> Tensor:
        """Logits at the resolution of the first map.

        Args:
            maps: finest first.
            cut: what is wanted of the result; the first of `maps` is cut already, the others are whole.
        """
        levels = [lateral(norm(level)) for lateral, norm, level in zip(self.laterals, self.norms, maps, strict=True)]
        total = levels.pop()
        while levels:
            level = levels.pop()
            above = total if levels or cut is None else cut(total)
            total = level + (above if above.shape == level.shape else resized(above, level.shape[2:]))
        return self.classifier(self.smooth(total))


class ProFoundFpn(SplitNetwork):
    """ProFound's encoder with a light feature pyramid: the smallest decoder here, for machines without a GPU.

    Args:
        outputs: output channels.
        in_channels: image channels.
        size: encoder size.
        hidden: channels of the pyramid.
        drop_path: highest rate of stochastic depth in the encoder.
    """

    sizes = ENCODER_SIZES
    size_factor = (16, 16, 16)
    decodes_windows = True
    encoder: ConvNeXtV2

    def __init__(
        self,
        *,
        outputs: int,
        in_channels: int = 3,
        size: str = "tiny",
        hidden: int = 64,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        self.encoder = ConvNeXtV2(in_channels=in_channels, size=size, drop_path=drop_path)
        self.enlarge = Enlarging()
        self.head = FpnHead(self.encoder.dims, hidden=hidden, outputs=outputs)

    def encode(self, images: Tensor) -> list[Tensor]:
        """Four maps; see `ConvNeXtV2.features`."""
        return self.encoder.features(images)

    def decode(self, features: list[Tensor], size: Sequence[int] | None = None) -> Tensor:
        """Logits (N, outputs, D, H, W).

        Args:
            features: the encoder's maps.
            size: (D, H, W) of the image; None takes four times the first map's, right wherever 4 divides it.
        """
        full = tuple(4 * extent for extent in features[0].shape[2:]) if size is None else size
        return self.enlarge(self.head(self.dropped(features)), full)

    def decode_window(self, features: list[Tensor], window: Window) -> list[Tensor]:
        """See `SplitNetwork.decode_window`."""
        cut = Cut(window, [4 * extent for extent in features[0].shape[2:]])
        logits = self.head(self.dropped(cut.levels(features)), cut)
        return [self.enlarge(logits, cut.extents, cut.inner)]

    def forward(self, images: Tensor) -> Tensor:
        return self.decode(self.encode(images), images.shape[2:])
