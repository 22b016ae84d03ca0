"""UNETR's decoder (Hatamizadeh et al., arXiv 2103.10504) in three dimensions on ProFound's encoder."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from monai.networks.blocks import UnetOutBlock
from monai.networks.blocks.unetr_block import UnetrBasicBlock, UnetrPrUpBlock, UnetrUpBlock
from torch import Tensor, nn

from .convnextv2 import ConvNeXtV2
from .norms import ChannelNorm
from .sizes import ENCODER_SIZES
from .split import SplitNetwork


class UnetrDecoder(nn.Module):
    """From the image and four maps of the encoder to logits at full resolution.

    The maps at 1/4, 1/8 and 1/16 are brought up by one step each and become the skips at 1/2, 1/4 and 1/8; the last
    map climbs through them, and the image itself is the skip at full resolution. Parts are called as in the published
    code, where `encoder1` to `encoder4` make the skips.

    Args:
        dims: channels of the four maps.
        in_channels: image channels.
        feature_size: channels at full resolution, doubled at each coarser step up to eight times.
        outputs: output channels.
    """

    def __init__(self, dims: Sequence[int], *, in_channels: int, feature_size: int, outputs: int) -> None:
        super().__init__()
        shared: dict[str, Any] = {"spatial_dims": 3, "kernel_size": 3, "norm_name": "instance", "res_block": True}
        skip = partial(UnetrPrUpBlock, num_layer=0, stride=1, upsample_kernel_size=2, conv_block=True, **shared)
        climb = partial(UnetrUpBlock, upsample_kernel_size=2, **shared)
        full, half, quarter, eighth = (feature_size * factor for factor in (1, 2, 4, 8))
        self.encoder1 = UnetrBasicBlock(in_channels=in_channels, out_channels=full, stride=1, **shared)
        self.encoder2 = skip(in_channels=dims[0], out_channels=half)
        self.encoder3 = skip(in_channels=dims[1], out_channels=quarter)
        self.encoder4 = skip(in_channels=dims[2], out_channels=eighth)
        self.decoder5 = climb(in_channels=dims[3], out_channels=eighth)
        self.decoder4 = climb(in_channels=eighth, out_channels=quarter)
        self.decoder3 = climb(in_channels=quarter, out_channels=half)
        self.decoder2 = climb(in_channels=half, out_channels=full)
        self.out = UnetOutBlock(spatial_dims=3, in_channels=full, out_channels=outputs)

    def forward(self, images: Tensor, maps: Sequence[Tensor]) -> Tensor:
        climbed = self.decoder5(maps[3], self.encoder4(maps[2]))
        climbed = self.decoder4(climbed, self.encoder3(maps[1]))
        climbed = self.decoder3(climbed, self.encoder2(maps[0]))
        return self.out(self.decoder2(climbed, self.encoder1(images)))


class ProFoundUnetr(SplitNetwork):
    """ProFound's encoder with UNETR's decoder.

    The image is part of the features, because the decoder's finest skip is made from it.

    Args:
        outputs: output channels.
        in_channels: image channels.
        size: encoder size.
        feature_size: channels of the decoder at full resolution; 32 as published.
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
        feature_size: int = 32,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        self.encoder = ConvNeXtV2(in_channels=in_channels, size=size, drop_path=drop_path)
        dims = self.encoder.dims
        self.norm1, self.norm2, self.norm3 = (ChannelNorm(channels) for channels in dims[:3])
        self.decoder = UnetrDecoder(dims, in_channels=in_channels, feature_size=feature_size, outputs=outputs)

    def encode(self, images: Tensor) -> list[Tensor]:
        """The image, then four maps; the last one is normalised as the encoder's pooled vector is.

        Raises:
            ValueError: when an extent is no multiple of 16.
        """
        self.require_extents(images)
        *maps, last = self.encoder.features(images)
        return [images, *maps, self.encoder.norm(last.movedim(1, -1)).movedim(-1, 1)]

    def decode(self, features: list[Tensor]) -> Tensor:
        """Logits (N, outputs, D, H, W)."""
        images, *maps = features
        first, second, third, last = self.dropped(maps)
        return self.decoder(images, [self.norm1(first), self.norm2(second), self.norm3(third), last])
