"""ConvNeXtV2 in three dimensions, as ProFound uses it (arXiv 2603.03961): an encoder with four feature maps."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from monai.networks.layers import DropPath
from torch import Tensor, nn
from torch.nn import functional

from .block_update import block_update
from .depthwise_conv import depthwise_conv
from .kernels import suited
from .norms import EPSILON, ChannelNorm, GlobalResponseNorm
from .rewrites import Rewritable
from .sizes import ENCODER_SIZES

STRIDES = (4, 2, 2, 1)
"""Downsampling before each stage. The last stage keeps the resolution, unlike ConvNeXtV2 in two dimensions."""


class Block(Rewritable):
    """Depthwise 7x7x7 convolution, then two pointwise layers with GELU and global response normalisation between.

    Rewritten form: the normalisation y = s*x + beta scales each channel by one number an exam, so it is folded into
    the second pointwise layer, W y + b = (W s) x + (b + W beta). No map of the wide inner layer is kept for it.
    On a CPU with oneDNN forward and backward are written out too: `depthwise_conv`, `block_update`.
    """

    def __init__(self, channels: int, drop_path: float = 0.0) -> None:
        super().__init__()
        self.dwconv = nn.Conv3d(channels, channels, kernel_size=7, padding=3, groups=channels)
        self.norm = nn.LayerNorm(channels, eps=EPSILON)
        self.pwconv1 = nn.Linear(channels, 4 * channels)
        self.grn = GlobalResponseNorm(4 * channels)
        self.pwconv2 = nn.Linear(4 * channels, channels)
        self.drop_path = DropPath(drop_path)

    def forward(self, maps: Tensor) -> Tensor:
        if self.rewrite and suited(maps):
            return maps + self.drop_path(self._written_out(maps).movedim(-1, 1))
        inner = functional.gelu(self.pwconv1(self.norm(self.dwconv(maps).movedim(1, -1))))
        update = self._folded(inner) if self.rewrite else self.pwconv2(self.grn(inner))
        return maps + self.drop_path(update.movedim(-1, 1))

    def _written_out(self, maps: Tensor) -> Tensor:
        assert self.dwconv.bias is not None
        return block_update(
            depthwise_conv(maps, self.dwconv.weight, self.dwconv.bias).movedim(1, -1),
            norm=(self.norm.weight, self.norm.bias),
            first=(self.pwconv1.weight, self.pwconv1.bias),
            response=(self.grn.gamma.flatten(), self.grn.beta.flatten()),
            second=(self.pwconv2.weight, self.pwconv2.bias),
        )

    def _folded(self, inner: Tensor) -> Tensor:
        voxels = inner.flatten(1, 3)
        scale = self.grn.scale(voxels)
        weight = self.pwconv2.weight
        # A plain sum, not a matrix product: under autocast the latter would round the bias to 16 bits.
        bias = self.pwconv2.bias + (weight * self.grn.beta.flatten()).sum(1)
        if len(voxels) == 1:
            update = functional.linear(voxels, weight * scale, bias)
        else:
            update = torch.baddbmm(bias, voxels, (weight * scale[:, None]).mT)
        return update.view(*inner.shape[:-1], -1)


class ConvNeXtV2(nn.Module):
    """Encoder of four stages.

    Args:
        in_channels: image channels.
        size: name in `ENCODER_SIZES`.
        drop_path: highest rate of stochastic depth; it rises linearly from 0 at the first block.
    """

    def __init__(self, *, in_channels: int = 3, size: str = "tiny", drop_path: float = 0.0) -> None:
        super().__init__()
        self.depths, self.dims = ENCODER_SIZES[size]
        last = sum(self.depths) - 1
        rates = iter(drop_path * number / last for number in range(last + 1))
        self.downsample_layers = nn.ModuleList()
        self.stages = nn.ModuleList()
        incoming = in_channels
        for number, (depth, channels, stride) in enumerate(zip(self.depths, self.dims, STRIDES, strict=True)):
            conv = nn.Conv3d(incoming, channels, kernel_size=stride, stride=stride)
            # The stem normalises what it has made, later steps what they are given.
            layers = (conv, ChannelNorm(channels)) if number == 0 else (ChannelNorm(incoming), conv)
            self.downsample_layers.append(nn.Sequential(*layers))
            self.stages.append(nn.Sequential(*(Block(channels, next(rates)) for _ in range(depth))))
            incoming = channels
        self.norm = nn.LayerNorm(incoming, eps=EPSILON)
        self.apply(_initialise)

    def features(self, images: Tensor) -> list[Tensor]:
        """Maps after each stage for images (N, C, D, H, W): at 1/4, 1/8, 1/16 and again 1/16 of the resolution."""
        maps = []
        for downsample, stage in zip(self.downsample_layers, self.stages, strict=True):
            images = stage(downsample(images))
            maps.append(images)
        return maps

    def pooled(self, maps: Sequence[Tensor]) -> Tensor:
        """Mean of the last map over all voxels, normalised: (N, C)."""
        return self.norm(maps[-1].mean((-3, -2, -1)))

    def forward(self, images: Tensor) -> Tensor:
        """One vector an exam, (N, C)."""
        return self.pooled(self.features(images))


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv3d | nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
