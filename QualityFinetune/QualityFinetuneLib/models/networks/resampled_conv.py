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
    # (O 27, I): only the two inner axes of the kernel change places, which is a cheap copy.
    taps = weight.flatten(2).transpose(1, 2).flatten(0, 1)
    values = torch.matmul(taps, maps.flatten(2)).view(batch, out_channels, 3, 3, 3, *small)
    # Bring each axis' kernel tap beside its position and contract both at once: x, then y, then z.
    values = values.permute(0, 1, 2, 3, 5, 6, 4, 7).flatten(-2)  # N O a b z y (c x)
    values = torch.matmul(values, _shifted_interpolation(small[2], size[2], maps))
    values = values.permute(0, 1, 2, 4, 6, 3, 5).flatten(-2)  # N O a z X (b y)
    values = torch.matmul(values, _shifted_interpolation(small[1], size[1], maps))
    values = values.permute(0, 1, 5, 4, 2, 3).flatten(-2)  # N O Y X (a z)
    values = torch.matmul(values, _shifted_interpolation(small[0], size[0], maps))
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
