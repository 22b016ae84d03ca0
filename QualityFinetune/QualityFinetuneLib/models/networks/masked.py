"""A dense masked autoencoder: any encoder here learns to guess hidden patches of exams that nobody has labelled.

Cuboid patches of the image are hidden, an encoder reads what is left, a light decoder guesses the hidden voxels from
the encoder's deepest map, and only hidden patches count (He et al., MAE, arXiv 2111.06377, mask ratio and normalised
voxels; Woo et al., ConvNeXt V2, arXiv 2301.00808, the decoder of one block). Pretraining of ProFound is the sparse
form of this (FCMAE in arXiv 2301.00808). What differs here:

- The sparse form computes visible voxels alone, so features never see where something is hidden, and needs a library
  of sparse convolutions. The dense form puts a learned value for each channel in place of hidden voxels, as SimMIM
  (Xie et al., arXiv 2111.09886) puts a learned token, and computes everything. It runs wherever the network runs and
  with any network, costs what an unmasked forward pass costs, and leaves two traces: features near a hidden patch
  know of it, and normalisations over space (group normalisation, global response normalisation) see the hidden share
  too, which finetuning has to undo.
- The sparse form puts a mask token into the deepest map, where patch and voxel of the map coincide. Here the deepest
  map has its own stride, so a patch may be larger, smaller or of another shape than the stride.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from monai.networks.nets.segresnet_ds import SegResEncoder
from torch import Tensor, nn

from .convnextv2 import STRIDES, Block, ConvNeXtV2
from .norms import ChannelNorm
from .split import SplitNetwork
from .vit import GRID, IMAGE, PATCH, VisionTransformer


class Deepest(NamedTuple):
    """An encoder's deepest map: its channels, and how many voxels of the image lie between two of its own."""

    channels: int
    stride: tuple[int, int, int]
    image: tuple[int, int, int] | None
    """The one size of image that the encoder takes; None where it takes any that the stride divides."""


def deepest_of(encoder: nn.Module) -> Deepest:
    """What is known of an encoder's deepest map without computing it.

    Raises:
        ValueError: for an encoder of unknown kind.
    """
    if isinstance(encoder, ConvNeXtV2):
        side = math.prod(STRIDES)
        return Deepest(encoder.dims[-1], (side, side, side), None)
    if isinstance(encoder, VisionTransformer):
        return Deepest(encoder.width, PATCH, IMAGE)
    if isinstance(encoder, SegResEncoder):
        strides = [level["downsample"].stride for level in list(encoder.layers)[:-1]]  # type: ignore[index]
        x, y, z = (math.prod(step) for step in zip(*strides, strict=True))
        return Deepest(encoder.init_filters * 2 ** len(strides), (x, y, z), None)
    raise ValueError(f"{type(encoder).__name__} cannot be pretrained as a masked autoencoder")


def deepest_map(encoder: nn.Module, images: Tensor) -> Tensor:
    """The encoder's deepest map (N, channels, d, h, w) of images (N, C, D, H, W)."""
    if isinstance(encoder, ConvNeXtV2):
        return encoder.features(images)[-1]
    if isinstance(encoder, VisionTransformer):
        return encoder.tokens(images)[:, 1:].transpose(1, 2).unflatten(-1, GRID)
    return encoder(images)[-1]


class EncoderAlone(SplitNetwork):
    """An encoder without any decoder: what a pretraining leaves. It is a start to train from and answers nothing."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def encode(self, images: Tensor) -> list[Tensor]:
        """The deepest map as the only feature."""
        return [deepest_map(self.encoder, images)]


class MaskedAutoencoder(EncoderAlone):
    """An encoder with a light decoder that guesses voxels: one ConvNeXtV2 block between two pointwise layers.

    It takes the image and, as one more channel behind it, what is hidden (1) and what is seen (0).

    Args:
        encoder: of any network here.
        in_channels: image channels.
        width: channels of the decoder.
    """

    def __init__(self, encoder: nn.Module, *, in_channels: int, width: int = 512) -> None:
        super().__init__(encoder)
        channels, self.stride, self.image = deepest_of(encoder)
        self.size_factor = self.stride
        # One value for each image channel; normalised images have mean 0, so it starts as the average voxel.
        self.token = nn.Parameter(torch.zeros(in_channels))
        self.decoder = nn.Sequential(
            nn.Conv3d(channels, width, kernel_size=1),
            Block(width),
            ChannelNorm(width),
            nn.Conv3d(width, in_channels * math.prod(self.stride), kernel_size=1),
        )
        self.decoder.apply(_initialise)

    def encode(self, images: Tensor) -> list[Tensor]:
        """The deepest map of images (N, C + 1, D, H, W) whose last channel tells what is hidden.

        Raises:
            ValueError: when the stride does not divide an extent.
        """
        self.require_extents(images)
        seen, hidden = images[:, :-1], images[:, -1:]
        return super().encode(seen * (1 - hidden) + self.token.view(-1, 1, 1, 1) * hidden)

    def decode(self, features: list[Tensor]) -> Tensor:
        """Guessed voxels (N, C, D, H, W), in each patch's own normalised values."""
        blocks = self.decoder(features[0]).unflatten(1, (-1, *self.stride))
        return blocks.permute(0, 1, 5, 2, 6, 3, 7, 4).flatten(6).flatten(4, 5).flatten(2, 3)


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv3d | nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
