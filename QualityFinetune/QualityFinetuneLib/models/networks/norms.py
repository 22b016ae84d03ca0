"""Normalisations of ConvNeXtV2 in three dimensions."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from .kernels import suited
from .made import Made
from .norm_gelu import norm_of_channels, normed
from .rewrites import Rewritable

EPSILON = 1e-6


class ChannelNorm(Rewritable):
    """Layer normalisation over the channels of maps shaped (N, C, D, H, W), each voxel on its own.

    Rewritten form: one fused kernel over a channels-last view instead of seven elementwise passes.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, maps: Tensor) -> Tensor:
        if self.rewrite and suited(maps):
            return norm_of_channels(maps, self.weight, self.bias, epsilon=EPSILON)
        if self.rewrite:
            last = maps.movedim(1, -1)
            return functional.layer_norm(last, self.weight.shape, self.weight, self.bias, EPSILON).movedim(-1, 1)
        centred = maps - maps.mean(1, keepdim=True)
        variance = centred.square().mean(1, keepdim=True)
        shape = (-1, 1, 1, 1)
        return self.weight.view(shape) * (centred / torch.sqrt(variance + EPSILON)) + self.bias.view(shape)

    def through_gelu(self, made: Made) -> Made:
        """GELU of what `forward` gives; only what `made` is made of is kept for the gradients."""
        if not (self.rewrite and suited(made.maps)):
            return Made.kept(functional.gelu(self(made.maps)))
        maps = norm_of_channels(made.maps, self.weight, self.bias, epsilon=EPSILON, gelu=True, made=made)
        return made.then(_normed_gelu, self.weight, self.bias, maps=maps)


class GlobalResponseNorm(nn.Module):
    """Global response normalisation (Woo et al., arXiv 2301.00808, section 4) of maps shaped (N, D, H, W, C).

    y = x + gamma * x * g / mean(g) + beta, with g the L2 norm of each channel over all voxels of one exam.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1, 1, 1, 1, channels))
        self.beta = nn.Parameter(torch.zeros(1, 1, 1, 1, channels))

    def forward(self, maps: Tensor) -> Tensor:
        response = relative_response(torch.linalg.vector_norm(maps, dim=(1, 2, 3), keepdim=True))
        return self.gamma * (maps * response) + self.beta + maps

    def scale(self, voxels: Tensor) -> Tensor:
        """What the normalisation multiplies each channel of `voxels` (N, V, C) with, as (N, C)."""
        return relative_response(torch.linalg.vector_norm(voxels, dim=1)) * self.gamma.flatten() + 1


def _normed_gelu(maps: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return normed(maps, weight, bias, epsilon=EPSILON, gelu=True)


def relative_response(norms: Tensor) -> Tensor:
    """Channel norms over their mean; channels are last."""
    return norms / (norms.mean(-1, keepdim=True) + EPSILON)
