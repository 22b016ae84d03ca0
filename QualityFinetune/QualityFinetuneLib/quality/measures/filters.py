"""Filters that several measures share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage


def immerkaer(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each slice against the mask [[1,-2,1],[-2,4,-2],[1,-2,1]] / 6; the outermost pixels are 0.

    The difference of two Laplacians answers to neither planes nor straight ramps, and to white noise of standard
    deviation s with s (Immerkaer, Comput Vis Image Underst 1996;64:300).
    """
    out = np.zeros_like(values)
    if min(values.shape[1:]) >= 3:
        across = values[:, :, :-2] - 2 * values[:, :, 1:-1] + values[:, :, 2:]
        out[:, 1:-1, 1:-1] = (across[:, :-2] - 2 * across[:, 1:-1] + across[:, 2:]) / 6
    return out


def grown(mask: NDArray[np.bool_], margin_mm: float, spacing_mm: Sequence[float]) -> NDArray[np.bool_]:
    """`mask` and what lies within `margin_mm` of it in the same slice."""
    radius = [int(np.floor(margin_mm / s + 1e-6)) for s in spacing_mm[1:]]
    y, x = np.ogrid[-radius[0] : radius[0] + 1, -radius[1] : radius[1] + 1]
    disc = (y * spacing_mm[1]) ** 2 + (x * spacing_mm[2]) ** 2 <= margin_mm**2 + 1e-6
    return np.stack([ndimage.binary_dilation(plane, disc) if plane.any() else plane for plane in mask])
