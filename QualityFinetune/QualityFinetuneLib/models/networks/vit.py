"""Vision transformer (Dosovitskiy et al., arXiv 2010.11929) in three dimensions, as ProFound pretrains it."""

from __future__ import annotations

from typing import NamedTuple

import torch
from monai.networks.layers import DropPath
from torch import Tensor, nn
from torch.nn import functional

from .norms import EPSILON

IMAGE = (64, 256, 256)
"""Extents of the image in voxels, (D, H, W)."""

PATCH = (16, 32, 32)
"""Extents of the cuboid that becomes one token."""

GRID = (4, 8, 8)
"""Tokens along each axis."""


class TransformerSize(NamedTuple):
    """Channels of a token, number of blocks, heads of each attention."""

    width: int
    depth: int
    heads: int


TRANSFORMER_SIZES = {"base": TransformerSize(768, 12, 12), "large": TransformerSize(1024, 24, 16)}
"""Sizes that the published code knows; the paper's model is `base`."""


class Attention(nn.Module):
    """Self-attention of all tokens of an exam."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        query, key, value = self.qkv(tokens).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, value)
        return self.proj(mixed.transpose(1, 2).flatten(2))


class Mlp(nn.Module):
    """Two layers with GELU between, for each token on its own."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        return self.fc2(functional.gelu(self.fc1(tokens)))


class TransformerBlock(nn.Module):
    """Attention, then two layers, each normalised before and added to what came in."""

    def __init__(self, width: int, heads: int, drop_path: float = 0.0) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=EPSILON)
        self.attn = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=EPSILON)
        self.mlp = Mlp(width)
        self.drop_path = DropPath(drop_path)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self.drop_path(self.attn(self.norm1(tokens)))
        return tokens + self.drop_path(self.mlp(self.norm2(tokens)))


class PatchEmbedding(nn.Module):
    """One token from each cuboid of the image."""

    def __init__(self, in_channels: int, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv3d(in_channels, width, kernel_size=PATCH, stride=PATCH)

    def forward(self, images: Tensor) -> Tensor:
        return self.proj(images).flatten(2).transpose(1, 2)


class VisionTransformer(nn.Module):
    """Encoder of one resolution. Names of parameters are those of the published masked autoencoder's encoder.

    Args:
        in_channels: image channels.
        size: name in `TRANSFORMER_SIZES`.
        drop_path: highest rate of stochastic depth; it rises linearly from 0 at the first block.
    """

    pos_embed: Tensor

    def __init__(self, *, in_channels: int = 3, size: str = "base", drop_path: float = 0.0) -> None:
        super().__init__()
        self.width, depth, heads = TRANSFORMER_SIZES[size]
        self.patch_embed = PatchEmbedding(in_channels, self.width)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, self.width))
        self.register_buffer("pos_embed", positions(self.width)[None])
        rates = (drop_path * number / max(1, depth - 1) for number in range(depth))
        self.blocks = nn.ModuleList(TransformerBlock(self.width, heads, rate) for rate in rates)
        self.norm = nn.LayerNorm(self.width, eps=EPSILON)
        self.apply(_initialise)
        nn.init.normal_(self.cls_token, std=0.02)

    def tokens(self, images: Tensor) -> Tensor:
        """Normalised tokens (N, 1 + 256, width) of images (N, C, 64, 256, 256): the class token, then z, y, x.

        Raises:
            ValueError: for images of another size; positions are known for this one alone.
        """
        if tuple(images.shape[2:]) != IMAGE:
            raise ValueError(f"the image must have {IMAGE} voxels, not {tuple(images.shape[2:])}")
        tokens = self.patch_embed(images) + self.pos_embed[:, 1:]
        first = (self.cls_token + self.pos_embed[:, :1]).expand(len(images), -1, -1)
        tokens = torch.cat([first, tokens], dim=1)
        for block in self.blocks:
            tokens = block(tokens)
        return self.norm(tokens)

    def forward(self, images: Tensor) -> Tensor:
        """One vector an exam, (N, width): the mean of all tokens but the class token."""
        return self.tokens(images)[:, 1:].mean(1)


def positions(width: int) -> Tensor:
    """Fixed sine-cosine codes (1 + 256, width) of the tokens' places; the class token's is zero.

    A third of the channels codes each axis: sin and cos of the coordinate times 10000^(-2k / (width / 3)). The
    published code lists the tokens z, y, x but the coordinates in another order: token number n has z = (n // 8) % 4,
    "y" = n // 32, "x" = n % 8. Codes are still one to one with places, and it is what the weights were trained with.

    Raises:
        ValueError: when 6 does not divide `width`.
    """
    if width % 6:
        raise ValueError(f"a token's {width} channels must be divisible by 6")
    number = torch.arange(GRID[0] * GRID[1] * GRID[2])
    axes = (number // GRID[2] % GRID[0], number // (GRID[0] * GRID[2]), number % GRID[2])
    share = width // 3
    frequency = 10000.0 ** (-torch.arange(share // 2, dtype=torch.float64) / (share / 2))
    angles = [axis.double()[:, None] * frequency for axis in axes]
    codes = torch.cat([part for angle in angles for part in (angle.sin(), angle.cos())], dim=1)
    return torch.cat([torch.zeros(1, width), codes.float()])


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear | nn.Conv3d):
        nn.init.xavier_uniform_(module.weight.view(len(module.weight), -1))
        if module.bias is not None:
            nn.init.zeros_(module.bias)
