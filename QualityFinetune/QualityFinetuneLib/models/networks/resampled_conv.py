"""Convolution of an upsampled map, evaluated at the map's own resolution."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from .kernels import linear, product_over_rows

_PIECE = 1 << 23
"""Numbers of a piece of output channels, all 27 taps of it, that are worked on at a time on a CPU."""


def conv_of_upsampled(maps: Tensor, weight: Tensor, size: Sequence[int]) -> Tensor:
    """What `conv3d(interpolate(maps, size, mode="trilinear"), weight, padding=1)` gives, with far fewer products.

    Linear interpolation is a product with one matrix an axis and acts on space alone, the kernel's taps act on
    channels alone, so the two commute: first all 27 taps at the low resolution (one matrix product), then the
    interpolation of each axis together with its three shifts. Exact up to rounding, borders included, for any sizes.

    Args:
        maps: (N, I, d, h, w).
        weight: (O, I, 3, 3, 3).
        size: (D, H, W) of the result.

    Returns:
        (N, O, D, H, W), channels last in memory.
    """
    rows = maps.movedim(1, -1)
    return torch.stack([_spread(functional.linear(exam, _taps(weight)), size) for exam in rows]).movedim(-1, 1)


@torch.no_grad()
def add_conv_of_upsampled(total: Tensor, maps: Tensor, weight: Tensor) -> None:
    """Add the same to `total` (N, O, D, H, W), a piece of output channels at a time, in the format of `maps`."""
    for part in pieces(maps, len(weight)):
        taps = _taps(weight[part]).to(maps.dtype)
        for exam, onto in zip(maps.movedim(1, -1), total.movedim(1, -1), strict=True):
            values = linear(exam.flatten(0, 2), taps)
            onto[..., part] += _spread(values.view(*exam.shape[:3], -1), onto.shape[:3])


@torch.no_grad()
def gradients_of_upsampled(gradient: Tensor, maps: Tensor, weight: Tensor, of_weight: Tensor | None) -> Tensor:
    """Gradient of `maps` from that of `conv_of_upsampled`'s result, a piece of output channels at a time.

    Args:
        gradient: (N, O, D, H, W).
        maps: (N, I, d, h, w).
        weight: (O, I, 3, 3, 3), of any format.
        of_weight: what the gradient of `weight` is written into; None where nobody asks for it.
    """
    small, inputs = maps.shape[2:], maps.shape[1]
    exact = torch.promote_types(maps.dtype, torch.float32)
    of_maps = torch.zeros((len(maps), small.numel(), inputs), dtype=exact, device=maps.device)
    for part in pieces(maps, len(weight)):
        taps = _taps(weight[part]).to(maps.dtype)
        of_taps = None
        for number, (exam, onto) in enumerate(zip(maps.movedim(1, -1), gradient.movedim(1, -1), strict=True)):
            values = _gathered(onto[..., part], small)
            of_maps[number] += linear(values, taps.t())
            if of_weight is not None:
                found = product_over_rows(values, exam.flatten(0, 2))
                of_taps = found if of_taps is None else of_taps + found
        if of_weight is not None and of_taps is not None:
            of_weight[part] = of_taps.view(3, 3, 3, -1, inputs).permute(3, 4, 2, 1, 0)
    return of_maps.view(len(maps), *small, inputs).movedim(-1, 1).to(maps.dtype)


def pieces(maps: Tensor, channels: int) -> list[slice]:
    """Output channels in pieces whose taps at the resolution of `maps` stay small."""
    step = max(16, min(channels, _PIECE // (27 * maps[0, 0].numel())))
    return [slice(start, min(channels, start + step)) for start in range(0, channels, step)]


def _taps(weight: Tensor) -> Tensor:
    """(O, I, 3, 3, 3) to rows (27 O, I): x's tap changes slowest, then y's, z's, and the channel."""
    return weight.permute(4, 3, 2, 0, 1).flatten(0, 3)


def _spread(values: Tensor, size: Sequence[int]) -> Tensor:
    """What all taps give at the low resolution, (d, h, w, 27 O), onto `size`: (D, H, W, O)."""
    depth, height, width = values.shape[:3]
    # Each axis' tap stands beside its position, and both are contracted at once: x, then y, then z.
    values = _interpolation(width, size[2], values) @ values.view(depth * height, 3 * width, -1)
    values = values.view(depth, height, size[2], 3, -1).transpose(2, 3).reshape(depth, 3 * height, -1)
    values = _interpolation(height, size[1], values) @ values
    values = values.view(depth, size[1] * size[2], 3, -1).transpose(1, 2).reshape(3 * depth, -1)
    return (_interpolation(depth, size[0], values) @ values).view(*size, -1)


def _gathered(gradient: Tensor, small: Sequence[int]) -> Tensor:
    """The transpose of `_spread`: (D, H, W, O) to (d h w, 27 O)."""
    (depth, height, width), size = small, gradient.shape[:3]
    values = _interpolation(depth, size[0], gradient).t() @ gradient.reshape(size[0], -1)
    values = values.view(depth, 3, size[1] * size[2], -1).transpose(1, 2).reshape(depth, size[1], -1)
    values = _interpolation(height, size[1], gradient).t() @ values
    values = values.view(depth, height, 3, size[2], -1).transpose(2, 3).reshape(depth * height, size[2], -1)
    return (_interpolation(width, size[2], gradient).t() @ values).view(depth * height * width, -1)


@torch.no_grad()
def _interpolation(source: int, target: int, like: Tensor) -> Tensor:
    """Matrix (target, source 3): row p holds, for each position and each kernel tap k, its weight at p + k - 1.

    Outside 0 .. target-1 the convolution sees zeros, hence the zero columns.
    """
    exact = torch.float64 if like.dtype is torch.float64 else torch.float32
    unit = torch.eye(source, dtype=exact, device=like.device).unsqueeze(1)
    rows = functional.interpolate(unit, size=target, mode="linear", align_corners=False).squeeze(1).T
    padded = functional.pad(rows, (0, 0, 1, 1))
    shifted = torch.stack([padded[tap : tap + target] for tap in range(3)], dim=-1)  # (target, source, 3)
    return shifted.flatten(1).to(like.dtype)
