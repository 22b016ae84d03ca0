"""Convolution of an upsampled map, evaluated at the map's own resolution."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def conv_of_upsampled(maps: Tensor, weight: Tensor, size: tuple[int, int, int]) -> Tensor:
    """What `conv3d(interpolate(maps, size, mode="trilinear"), weight, padding=1)` gives, with far fewer products.

    Linear interpolation is a product with one matrix an axis and acts on space alone, the kernel's taps act on
    channels alone, so the two commute: first all 27 taps at the low resolution (one matrix product), then the
    interpolation of each axis together with its three shifts. Exact up to rounding, borders included, for any sizes.

    Args:
        maps: (N, I, d, h, w).
        weight: (O, I, 3, 3, 3).
        size: (D, H, W) of the result.

    Returns:
        (N, O, D, H, W).
    """
    batch, _, *small = maps.shape
    out_channels = weight.shape[0]
    taps = weight.permute(2, 3, 4, 0, 1).flatten(0, 3)  # (27 O, I), kernel axes outermost
    values = torch.matmul(taps, maps.flatten(2)).view(batch, 3, 3, 3, out_channels, *small)
    # Contract the innermost pair (kernel tap, position) of x, then y, then z; each time the finished axis moves
    # to where it does not stand between the pairs still to come.
    values = values.permute(0, 1, 2, 4, 5, 6, 3, 7).flatten(-2)
    values = torch.matmul(values, _shifted_interpolation(small[2], size[2], maps))  # N a b O z y X
    values = values.permute(0, 1, 3, 4, 6, 2, 5).flatten(-2)
    values = torch.matmul(values, _shifted_interpolation(small[1], size[1], maps))  # N a O z X Y
    values = values.permute(0, 2, 5, 4, 1, 3).flatten(-2)
    values = torch.matmul(values, _shifted_interpolation(small[0], size[0], maps))  # N O Y X Z
    return values.permute(0, 1, 4, 2, 3)


@torch.no_grad()
def _shifted_interpolation(source: int, target: int, like: Tensor) -> Tensor:
    """Matrix (3 source, target): column p holds, for each kernel tap k, the weights of the value at p + k - 1.

    Outside 0 .. target-1 the convolution sees zeros, hence the zero rows.
    """
    exact = torch.float64 if like.dtype is torch.float64 else torch.float32
    unit = torch.eye(source, dtype=exact, device=like.device).unsqueeze(1)
    rows = (
        functional.interpolate(unit, size=target, mode="linear", align_corners=False).squeeze(1).T
    )  # (target, source)
    padded = functional.pad(rows, (0, 0, 1, 1))
    shifted = torch.stack([padded[tap : tap + target] for tap in range(3)], dim=1)  # (target, 3, source)
    return shifted.flatten(1).T.to(like.dtype)
