"""UPerNet (Xiao et al., arXiv 1807.10221) in three dimensions on ProFound's encoder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from .convnextv2 import ConvNeXtV2
from .enlarging import Enlarging
from .fusion_conv import fusion_conv
from .kernels import suited
from .lean_conv import convolved, lean_conv
from .made import Made
from .norms import ChannelNorm
from .resampled_conv import conv_of_upsampled
from .rewrites import Rewritable
from .sizes import ENCODER_SIZES
from .split import SplitNetwork
from .windows import Cut, Window

POOL_SCALES = (1, 2, 3, 6)
AUXILIARY_STAGE = 2
AUXILIARY_WEIGHT = 0.4
"""Weight of the auxiliary output in the training loss (arXiv 2603.03961)."""


def resized(maps: Tensor, size: Sequence[int]) -> Tensor:
    """Trilinear interpolation to (D, H, W), voxels seen as cells."""
    return functional.interpolate(maps, size=tuple(size), mode="trilinear", align_corners=False)


class ConvUnit(Rewritable):
    """Convolution without bias, channel normalisation, GELU. The second part is called as in the published code.

    Rewritten form: what a pointwise convolution, a normalisation or GELU gave is not kept for the gradients but made
    again; that of a larger convolution is kept.
    """

    def __init__(self, in_channels: int, out_channels: int, *, kernel: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv3d(in_channels, out_channels, kernel_size=kernel, padding=kernel // 2, bias=False)
        self.batch_norm = ChannelNorm(out_channels)

    def forward(self, maps: Tensor) -> Tensor:
        return self.made(Made.kept(maps)).maps

    def made(self, given: Made) -> Made:
        """The unit's result, and how to make it again."""
        if not self.rewrite:
            return self.batch_norm.through_gelu(Made.kept(self.conv(given.maps)))
        maps = lean_conv(given, self.conv.weight)
        again = given.then(convolved, self.conv.weight, maps=maps)
        return self.batch_norm.through_gelu(again if self.conv.kernel_size == (1, 1, 1) else Made.kept(maps))


class FusionUnit(ConvUnit):
    """3x3x3 unit over maps of several resolutions, all brought to the size of the first and stacked.

    Rewritten form: each map is convolved at its own resolution with its share of the kernel
    (`conv_of_upsampled`), and the results are added. Maps of one size share one pass.
    """

    def __init__(self, in_channels: Sequence[int], out_channels: int) -> None:
        super().__init__(sum(in_channels), out_channels, kernel=3)
        self.in_channels = tuple(in_channels)

    def forward(self, maps: Sequence[Tensor]) -> Tensor:  # type: ignore[override]
        return self.fused(Made.kept(maps[0]), maps[1:]).maps

    def fused(self, first: Made, others: Sequence[Tensor]) -> Made:
        """The unit's result for the largest map and the smaller ones, and how to make it again."""
        maps, size = first.maps, first.maps.shape[2:]
        if not self.rewrite:
            total = self.conv(torch.cat([maps, *(resized(lower, size) for lower in others)], dim=1))
            return self.batch_norm.through_gelu(Made.kept(total))
        cheaper = [lower if lower[0, 0].numel() < maps[0, 0].numel() else resized(lower, size) for lower in others]
        total = fusion_conv(first, cheaper, self.conv.weight) if suited(maps) else self._summed([maps, *cheaper])
        return self.batch_norm.through_gelu(Made.kept(total))

    def _summed(self, maps: Sequence[Tensor]) -> Tensor:
        size = maps[0].shape[2:]
        shares = self.conv.weight.split(self.in_channels, dim=1)
        total: Tensor | None = None
        for shape, group in groupby(zip(maps, shares, strict=True), key=lambda pair: pair[0].shape[2:]):
            members = list(group)
            stacked = torch.cat([lower for lower, _ in members], dim=1)
            weight = torch.cat([share for _, share in members], dim=1)
            if shape == size:
                part = functional.conv3d(stacked, weight, padding=1)
            else:
                part = conv_of_upsampled(stacked, weight, size)
            total = part if total is None else total + part
        assert total is not None
        return total


class DecodeHead(nn.Module):
    """Pyramid pooling on the last map, a top-down path, and the fusion of all levels."""

    def __init__(self, dims: Sequence[int], *, hidden: int, outputs: int) -> None:
        super().__init__()
        self.classifier = nn.Conv3d(hidden, outputs, kernel_size=1)
        self.psp_modules = nn.ModuleList(
            nn.Sequential(nn.AdaptiveAvgPool3d(scale), ConvUnit(dims[-1], hidden)) for scale in POOL_SCALES
        )
        self.bottleneck = FusionUnit((dims[-1], *(hidden for _ in POOL_SCALES)), hidden)
        self.lateral_convs = nn.ModuleList(ConvUnit(channels, hidden) for channels in dims[:-1])
        self.fpn_convs = nn.ModuleList(ConvUnit(hidden, hidden, kernel=3) for _ in dims[:-1])
        self.fpn_bottleneck = FusionUnit([hidden for _ in dims], hidden)

    def forward(self, maps: Sequence[Tensor], cut: Cut | None = None) -> Tensor:
        """Logits at the resolution of the first map.

        Args:
            maps: finest first.
            cut: what is wanted of the result; the first of `maps` is cut already, the others are whole. The top-down
                path is then computed whole but for its finest and dearest level.
        """
        top = self.bottleneck([maps[-1], *(pool(maps[-1]) for pool in self.psp_modules)])
        levels = [Made.kept(top)]
        for number in reversed(range(len(maps) - 1)):
            above = levels[0].maps if number or cut is None else cut(levels[0].maps)
            lateral = cast(ConvUnit, self.lateral_convs[number]).made(Made.kept(maps[number]))
            levels.insert(0, lateral.then(_with_coarser, above))
        smooth = cast(Iterable[ConvUnit], self.fpn_convs)
        finest, *coarser = [conv.made(level) for conv, level in zip(smooth, levels[:-1], strict=True)]
        others = [*(level.maps for level in coarser), top]
        fused = self.fpn_bottleneck.fused(finest, others if cut is None else [cut(level) for level in others])
        if not self.fpn_bottleneck.rewrite:
            return self.classifier(fused.maps)
        return lean_conv(fused, self.classifier.weight, self.classifier.bias)


def _with_coarser(maps: Tensor, coarser: Tensor) -> Tensor:
    return maps + resized(coarser, maps.shape[2:])


class AuxiliaryHead(nn.Module):
    """A small fully convolutional output on one stage, for the training loss alone."""

    def __init__(self, in_channels: int, *, hidden: int, outputs: int) -> None:
        super().__init__()
        self.convs = nn.Sequential(ConvUnit(in_channels, hidden, kernel=3))
        self.classifier = nn.Conv3d(hidden, outputs, kernel_size=1)

    def forward(self, maps: Tensor) -> Tensor:
        return self.classifier(self.convs(maps))


class ProFoundSegmenter(SplitNetwork):
    """ProFound's encoder with UPerNet.

    Args:
        outputs: output channels.
        in_channels: image channels.
        size: encoder size.
        hidden: channels inside UPerNet; 512 as published, 128 is light.
        auxiliary_hidden: channels of the auxiliary output's head; 0 leaves that output out.
        drop_path: highest rate of stochastic depth in the encoder.
    """

    sizes = ENCODER_SIZES
    size_factor = (16, 16, 16)
    training_only = ("auxiliary_head.",)
    decodes_windows = True
    encoder: ConvNeXtV2

    def __init__(
        self,
        *,
        outputs: int,
        in_channels: int = 3,
        size: str = "tiny",
        hidden: int = 512,
        auxiliary_hidden: int = 256,
        drop_path: float = 0.0,
    ) -> None:
        super().__init__()
        self.encoder = ConvNeXtV2(in_channels=in_channels, size=size, drop_path=drop_path)
        dims = self.encoder.dims
        self.decode_head = DecodeHead(dims, hidden=hidden, outputs=outputs)
        self.auxiliary_head: AuxiliaryHead | None = None
        if auxiliary_hidden:
            self.auxiliary_head = AuxiliaryHead(dims[AUXILIARY_STAGE], hidden=auxiliary_hidden, outputs=outputs)
            self.supervision_weights = (1.0, AUXILIARY_WEIGHT)
        self.enlarge = Enlarging()
        self.hidden_norm = nn.ModuleList(ChannelNorm(channels) for channels in dims)

    def encode(self, images: Tensor) -> list[Tensor]:
        """Four maps; see `ConvNeXtV2.features`."""
        return self.encoder.features(images)

    def decode(self, features: list[Tensor], size: Sequence[int] | None = None) -> Tensor | list[Tensor]:
        """Logits (N, outputs, D, H, W).

        Args:
            features: the encoder's maps.
            size: (D, H, W) of the image; None takes four times the first map's, right wherever 4 divides it.
        """
        full = tuple(4 * extent for extent in features[0].shape[2:]) if size is None else size
        maps = [norm(feature) for norm, feature in zip(self.hidden_norm, self.dropped(features), strict=True)]
        logits = self.enlarge(self.decode_head(maps), full)
        if not self.training or self.auxiliary_head is None:
            return logits
        return [logits, self.enlarge(self.auxiliary_head(maps[AUXILIARY_STAGE]), full)]

    def decode_window(self, features: list[Tensor], window: Window) -> list[Tensor]:
        """See `SplitNetwork.decode_window`."""
        cut = Cut(window, [4 * extent for extent in features[0].shape[2:]])
        levels = self.dropped(cut.levels(features))
        maps = [norm(level) for norm, level in zip(self.hidden_norm, levels, strict=True)]
        found = [self.decode_head(maps, cut)]
        if self.training and self.auxiliary_head is not None:
            found.append(cut(self.auxiliary_head(maps[AUXILIARY_STAGE])))
        return [self.enlarge(logits, cut.extents, cut.inner) for logits in found]

    def forward(self, images: Tensor) -> Tensor | list[Tensor]:
        return self.decode(self.encode(images), images.shape[2:])
