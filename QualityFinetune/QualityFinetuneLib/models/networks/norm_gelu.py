"""Layer normalisation over channels and GELU, a piece at a time, keeping at most what they were given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from .kernels import as_written, compute_dtype
from .made import Made

_PIECE = 1 << 20
"""Numbers worked on at a time, so that nothing between stays in memory or leaves the cache."""


def norm_of_channels(
    maps: Tensor, weight: Tensor, bias: Tensor, *, epsilon: float, gelu: bool = False, made: Made | None = None
) -> Tensor:
    """Each voxel of `maps` (N, C, D, H, W) normalised over its channels, through the exact GELU if wanted.

    In 16 bits under autocast, statistics in fp32: what follows rounds to 16 bits anyway, and PyTorch's own layer
    would write and keep the maps in fp32 three times. For CPUs, whose kernel takes both formats at once.

    Args:
        maps: to be normalised.
        weight: (C,).
        bias: (C,).
        epsilon: added to the variance.
        gelu: whether GELU follows.
        made: how `maps` are made again for the gradients; None keeps them.
    """
    made = made or Made.kept(maps.to(compute_dtype(maps)))
    output: Tensor = _NormGelu.apply(  # type: ignore[no-untyped-call]
        maps, weight, bias, epsilon, gelu, made.make, *made.sources
    )
    return output


def normed(maps: Tensor, weight: Tensor, bias: Tensor, *, epsilon: float, gelu: bool = False) -> Tensor:
    """The same in the number format of `maps`, without gradients."""
    last = maps.movedim(1, -1).contiguous()
    if not gelu:
        return torch.native_layer_norm(last, weight.shape, weight, bias, epsilon)[0].movedim(-1, 1)
    output = torch.empty_like(last)
    for given, into in zip(_pieces(last), _pieces(output), strict=True):
        into.copy_(functional.gelu(torch.native_layer_norm(given, weight.shape, weight, bias, epsilon)[0]))
    return output.movedim(-1, 1)


class _NormGelu(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        maps: Tensor,
        weight: Tensor,
        bias: Tensor,
        epsilon: float,
        gelu: bool,
        make: Callable[..., Tensor],
        *sources: Tensor,
    ) -> Tensor:
        ctx.format, ctx.dtype, ctx.epsilon, ctx.gelu, ctx.make = maps.dtype, compute_dtype(maps), epsilon, gelu, make
        ctx.save_for_backward(weight, bias, *sources)
        with as_written(maps):
            return normed(maps.to(ctx.dtype), weight, bias, epsilon=epsilon, gelu=gelu)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        weight, bias, *sources = ctx.saved_tensors
        with as_written(gradient):
            last = ctx.make(*sources).to(ctx.dtype).movedim(1, -1).contiguous()
            towards = gradient.to(ctx.dtype).movedim(1, -1).contiguous()
            of_maps = torch.empty_like(last)
            of_weight, of_bias = torch.zeros_like(weight), torch.zeros_like(bias)
            for given, of_normed, into in zip(_pieces(last), _pieces(towards), _pieces(of_maps), strict=True):
                found, mean, deviation = torch.native_layer_norm(given, weight.shape, weight, bias, ctx.epsilon)
                if ctx.gelu:
                    of_normed = torch.ops.aten.gelu_backward(of_normed, found)
                piece, of_piece_weight, of_piece_bias = torch.ops.aten.native_layer_norm_backward(
                    of_normed, given, weight.shape, mean, deviation, weight, bias, [True, True, True]
                )
                into.copy_(piece)
                of_weight += of_piece_weight
                of_bias += of_piece_bias
        found_all = (of_maps.movedim(-1, 1).to(ctx.format), of_weight, of_bias)
        return *found_all, *[None] * (3 + len(sources))


def _pieces(last: Tensor) -> tuple[Tensor, ...]:
    rows = last.flatten(0, -2)
    return rows.split(max(1, _PIECE // rows.shape[1]))
