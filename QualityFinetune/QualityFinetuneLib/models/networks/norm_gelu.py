"""Layer normalisation over channels and GELU, keeping nothing but what they were given for the gradients."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from .kernels import as_written, compute_dtype


def norm_of_channels(maps: Tensor, weight: Tensor, bias: Tensor, *, epsilon: float, gelu: bool = False) -> Tensor:
    """Each voxel of `maps` (N, C, D, H, W) normalised over its channels, through the exact GELU if wanted.

    In 16 bits under autocast, statistics in fp32: what follows rounds to 16 bits anyway, and PyTorch's own layer
    would write and keep the maps in fp32 three times. For CPUs, whose kernel takes both formats at once.
    """
    output: Tensor = _NormGelu.apply(maps, weight, bias, epsilon, gelu)  # type: ignore[no-untyped-call]
    return output


class _NormGelu(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, maps: Tensor, weight: Tensor, bias: Tensor, epsilon: float, gelu: bool) -> Tensor:
        ctx.format, ctx.epsilon, ctx.gelu = maps.dtype, epsilon, gelu
        dtype = compute_dtype(maps)
        with as_written(maps):
            last = maps.to(dtype).movedim(1, -1).contiguous()
            normed, mean, deviation = torch.native_layer_norm(last, weight.shape, weight, bias, epsilon)
            ctx.save_for_backward(last, mean, deviation, weight, bias)
            return (functional.gelu(normed) if gelu else normed).movedim(-1, 1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        last, mean, deviation, weight, bias = ctx.saved_tensors
        with as_written(last):
            of_normed = gradient.to(last.dtype).movedim(1, -1).contiguous()
            if ctx.gelu:
                normed = torch.native_layer_norm(last, weight.shape, weight, bias, ctx.epsilon)[0]
                of_normed = torch.ops.aten.gelu_backward(of_normed, normed)
            of_maps, of_weight, of_bias = torch.ops.aten.native_layer_norm_backward(
                of_normed, last, weight.shape, mean, deviation, weight, bias, [True, True, True]
            )
        return of_maps.movedim(-1, 1).to(ctx.format), of_weight, of_bias, None, None
