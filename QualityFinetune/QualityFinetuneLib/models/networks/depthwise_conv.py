"""Depthwise convolution whose gradients are convolutions too."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from .kernels import as_written, column_sums, compute_dtype, suited

_SLAB = 6272
"""Voxels summed in one piece by the gradient of the kernel; more would cost fp32 its last digits."""


def depthwise_conv(maps: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """`conv3d(maps, weight, bias, padding="same", groups=channels)` for odd kernels, without its slow gradients.

    oneDNN has fast forward kernels for depthwise convolutions, but its backward ones take about twenty times as long
    (96 channels of 16 x 56 x 56, kernel 7, one core: 46 ms forward, 1109 and 709 ms for the two gradients). Both
    gradients are depthwise convolutions themselves: that of the maps with the flipped kernel, that of the kernel
    with the output's gradient in the kernel's place. So forward kernels give them in 46 and 41 ms.

    It is also the safer way: for bf16 in channels last, PyTorch 2.13's own backward writes beyond its memory (384
    channels of 4 x 14 x 14 under glibc's malloc checks), which ends a training now and then with a fault. Forward
    kernels, fp32, and bf16 in the plain layout do not.

    Args:
        maps: (N, C, D, H, W).
        weight: (C, 1, k, k, k), k odd.
        bias: (C,).
    """
    if not suited(maps):
        return functional.conv3d(maps, weight, bias, padding=weight.shape[-1] // 2, groups=len(weight))
    output: Tensor = _DepthwiseConv.apply(maps, weight, bias)  # type: ignore[no-untyped-call]
    return output


class _DepthwiseConv(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, maps: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        dtype = compute_dtype(maps)
        ctx.formats = maps.dtype, weight.dtype, bias.dtype
        with as_written(maps):
            # Channels last is the faster layout for this kernel, and the one that the layers after it need.
            maps = maps.to(dtype).contiguous(memory_format=torch.channels_last_3d)
            ctx.save_for_backward(maps, weight)
            return _conv(maps, weight.to(dtype), bias.to(dtype))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        maps, weight = ctx.saved_tensors
        of_maps, of_weight, of_bias = ctx.needs_input_grad
        with as_written(maps):
            gradient = gradient.to(maps.dtype).contiguous(memory_format=torch.channels_last_3d)
            found: list[Tensor | None] = [None, None, None]
            if of_maps:
                found[0] = _conv(gradient, weight.to(maps.dtype).flip(2, 3, 4))
            if of_weight:
                found[1] = _kernel_gradient(maps, gradient, weight.shape[-1] // 2)
            if of_bias:
                found[2] = column_sums(gradient.movedim(1, -1).flatten(0, -2))
        return tuple(None if one is None else one.to(kind) for one, kind in zip(found, ctx.formats, strict=True))


def _conv(maps: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    return functional.conv3d(maps, weight, bias, padding=weight.shape[-1] // 2, groups=len(weight))


def _kernel_gradient(maps: Tensor, gradient: Tensor, reach: int) -> Tensor:
    """Sum over voxels p of gradient(p) maps(p + tap): a convolution of the maps with the gradient as its kernel."""
    channels, depth, height, width = gradient.shape[1:]
    thick = min(depth, max(1, _SLAB // (height * width)))
    total = gradient.new_zeros((1, channels, *3 * (2 * reach + 1,)), dtype=torch.float32)
    for exam, kernel in zip(maps.split(1), gradient.split(1), strict=True):
        padded = functional.pad(exam, (0, 0, 0, 0, reach, reach)) if thick < depth else exam
        for start in range(0, depth, thick):
            stop = min(depth, start + thick)
            slab = padded[:, :, start : stop + 2 * reach] if thick < depth else padded
            total += functional.conv3d(
                slab,
                kernel[:, :, start:stop].transpose(0, 1),
                padding=(0 if thick < depth else reach, reach, reach),
                groups=channels,
            )
    return total.transpose(0, 1)
