"""3x3x3 convolution over maps of several resolutions, without stacking them, with little kept for the gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from .kernels import as_written, compute_dtype
from .lean_conv import convolved, gradient_of_maps, gradient_of_weight
from .made import Made
from .resampled_conv import add_conv_of_upsampled, gradients_of_upsampled


def fusion_conv(first: Made, others: Sequence[Tensor], weight: Tensor) -> Tensor:
    """`conv3d(cat([first.maps, *others brought to its size]), weight, padding=1)`.

    Each map meets its own share of the kernel, at its own resolution (`resampled_conv`); the results are added. No
    operation's result but the sum is ever as large as the maps stacked, and nothing but the maps themselves is kept.
    For CPUs.

    Args:
        first: (N, I, D, H, W).
        others: (N, I', d, h, w) each, of that size or smaller.
        weight: (O, sum of all I, 3, 3, 3).
    """
    output: Tensor = _FusionConv.apply(  # type: ignore[no-untyped-call]
        weight, first.make, len(others), first.maps, *others, *first.sources
    )
    return output


class _FusionConv(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, weight: Tensor, make: Callable[..., Tensor], count: int, first: Tensor, *given: Tensor
    ) -> Tensor:
        ctx.make, ctx.count, ctx.dtype = make, count, compute_dtype(first)
        ctx.formats = [one.dtype for one in (first, *given[:count])]
        ctx.extents, ctx.channels = first.shape[2:], first.shape[1]
        ctx.save_for_backward(weight, *given)
        with as_written(first):
            total = convolved(first.to(ctx.dtype), weight[:, : ctx.channels])
            for _, maps, share in _groups(given[:count], weight, ctx):
                if maps.shape[2:] == first.shape[2:]:
                    total += convolved(maps, weight[:, share])
                else:
                    add_conv_of_upsampled(total, maps, weight[:, share])
            return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        weight, *given = ctx.saved_tensors
        others, sources = given[: ctx.count], given[ctx.count :]
        found: list[Tensor | None] = [None] * (4 + len(given))
        with as_written(gradient):
            gradient = gradient.to(ctx.dtype)
            of_weight = torch.empty_like(weight) if ctx.needs_input_grad[0] else None
            own = slice(0, ctx.channels)
            if of_weight is not None:
                maps = ctx.make(*sources).to(ctx.dtype)
                of_weight[:, own] = gradient_of_weight(gradient, maps, weight[:, own])
                del maps
            if ctx.needs_input_grad[3]:
                found[3] = gradient_of_maps(gradient, weight[:, own], ctx.extents).to(ctx.formats[0])
            for members, maps, share in _groups(others, weight, ctx):
                if maps.shape[2:] == ctx.extents:
                    of_maps = gradient_of_maps(gradient, weight[:, share], ctx.extents)
                    if of_weight is not None:
                        of_weight[:, share] = gradient_of_weight(gradient, maps, weight[:, share])
                else:
                    of_share = None if of_weight is None else of_weight[:, share]
                    of_maps = gradients_of_upsampled(gradient, maps, weight[:, share], of_share)
                for number, part in zip(
                    members, of_maps.split([others[one].shape[1] for one in members], dim=1), strict=True
                ):
                    found[4 + number] = part.to(ctx.formats[1 + number])
            found[0] = of_weight
        return tuple(found)


def _groups(others: Sequence[Tensor], weight: Tensor, ctx: Any) -> Iterator[tuple[list[int], Tensor, slice]]:
    """Neighbours of one size share one pass: their numbers, the maps stacked, and their share of the kernel."""
    start = ctx.channels
    for _, group in groupby(range(len(others)), key=lambda number: others[number].shape[2:]):
        members = list(group)
        maps = torch.cat([others[number] for number in members], dim=1).to(ctx.dtype)
        yield members, maps, slice(start, start + maps.shape[1])
        start += maps.shape[1]
