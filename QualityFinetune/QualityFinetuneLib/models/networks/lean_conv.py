"""Convolution that keeps no copy of its weights in another number format, nor an input that can be made again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from .kernels import as_written, compute_dtype, suited
from .made import Made


def lean_conv(made: Made, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """`conv3d(made.maps, weight, bias, padding="same")` for odd kernels.

    Under autocast PyTorch keeps the weights in 16 bits from the forward to the backward pass, 245 MB for UPerNet's;
    here they are rounded again when needed. On a CPU only, elsewhere it is PyTorch's own layer.

    Args:
        made: maps (N, I, D, H, W).
        weight: (O, I, k, k, k), k odd.
        bias: (O,).
    """
    if not suited(made.maps):
        return functional.conv3d(made.maps, weight, bias, padding=weight.shape[-1] // 2)
    output: Tensor = _LeanConv.apply(made.maps, weight, bias, made.make, *made.sources)  # type: ignore[no-untyped-call]
    return output


def convolved(maps: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """The same in the number format of `maps`, channels last, without a graph of gradients worth keeping."""
    maps = maps.contiguous(memory_format=torch.channels_last_3d)
    bias = None if bias is None else bias.to(maps.dtype)
    return functional.conv3d(maps, weight.to(maps.dtype), bias, padding=weight.shape[-1] // 2)


def gradient_of_maps(gradient: Tensor, weight: Tensor, extents: Sequence[int]) -> Tensor:
    """That of the maps that `convolved` was given, from that of its result; `extents` are theirs."""
    shape = (len(gradient), weight.shape[1], *extents)
    # Only its shape and layout are looked at.
    maps = torch.empty(shape, dtype=gradient.dtype, device=gradient.device, memory_format=torch.channels_last_3d)
    return _gradient(gradient, maps, weight.to(gradient.dtype), number=0)


def gradient_of_weight(gradient: Tensor, maps: Tensor, weight: Tensor) -> Tensor:
    """That of `weight`, at least as exact as `maps`; only the shape of `weight` is looked at.

    For maps thinner than the kernel oneDNN's kernel of 16 bits (3.12) reads memory that nobody wrote, and gives NaN
    now and then; these small maps are computed in fp32.
    """
    if maps.dtype is torch.bfloat16 and min(maps.shape[2:]) < weight.shape[-1]:
        maps, gradient = maps.float(), gradient.float()
    maps = maps.contiguous(memory_format=torch.channels_last_3d)
    return _gradient(gradient, maps, weight.new_empty(()).to(maps.dtype).expand(weight.shape), number=1)


def _gradient(gradient: Tensor, maps: Tensor, weight: Tensor, *, number: int) -> Tensor:
    reach = weight.shape[-1] // 2
    wanted = [number == 0, number == 1, False]
    found: tuple[Tensor, ...] = torch.ops.aten.convolution_backward(
        gradient, maps, weight, None, [1] * 3, [reach] * 3, [1] * 3, False, [0] * 3, 1, wanted
    )
    return found[number]


class _LeanConv(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, maps: Tensor, weight: Tensor, bias: Tensor | None, make: Callable[..., Tensor], *sources: Tensor
    ) -> Tensor:
        ctx.make, ctx.dtype, ctx.extents = make, compute_dtype(maps), maps.shape[2:]
        ctx.formats = maps.dtype, None if bias is None else bias.dtype
        ctx.save_for_backward(weight, *sources)
        with as_written(maps):
            return convolved(maps.to(ctx.dtype), weight, bias)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        weight, *sources = ctx.saved_tensors
        of_maps, of_weight, of_bias = ctx.needs_input_grad[:3]
        found: list[Tensor | None] = [None] * (4 + len(sources))
        with as_written(gradient):
            gradient = gradient.to(ctx.dtype)
            if of_weight:
                found[1] = gradient_of_weight(gradient, ctx.make(*sources).to(ctx.dtype), weight).to(weight.dtype)
            if of_maps:
                found[0] = gradient_of_maps(gradient, weight, ctx.extents).to(ctx.formats[0])
            if of_bias:
                found[2] = gradient.sum((0, 2, 3, 4), dtype=ctx.formats[1])
        return tuple(found)
