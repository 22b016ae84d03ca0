"""Signal pushed along the phase-encode direction and never lost: where tissue is squeezed together it piles up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_NARROWEST_PX = 0.02
"""A voxel squeezed to less than this is spread over this much; keeps the arithmetic exact."""


def pushed(voxels: NDArray[np.float64], displacement_px: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each voxel's signal moved with its borders and spread evenly between them; sums along axis 1 are kept.

    The mapping need not be invertible: where the field folds tissue over, signals add. What leaves one end of the
    field of view enters at the other, as it does in a scanner.

    The deposit is exact, not sampled: spread evenly from a to b, signal s gives the voxels between them s / (b - a)
    each and those at a and b their share. That is the running total of + s / (b - a) at a and - s / (b - a) at b,
    where a point between two places is shared between them.

    Args:
        voxels: (slice, phase, frequency).
        displacement_px: the same shape, in voxels along the phase axis, positive towards higher indices.
    """
    slices, lines, samples = voxels.shape
    signal = np.moveaxis(voxels, 1, 2).reshape(-1, lines)
    moved = np.moveaxis(displacement_px, 1, 2).reshape(-1, lines)
    borders = np.arange(lines + 1) - 0.5 + _at_borders(moved)
    low = np.minimum(borders[:, :-1], borders[:, 1:])
    high = np.maximum(borders[:, :-1], borders[:, 1:])
    narrow = np.clip(_NARROWEST_PX - (high - low), 0.0, None) / 2.0
    low, high = low - narrow, high + narrow
    density = signal / (high - low)

    first = int(np.floor(low.min())) - 2
    length = int(np.ceil(high.max())) + 3 - first
    second = np.zeros(len(signal) * length)
    rows = np.arange(len(signal))[:, None] * length
    for place, sign in ((low, 1.0), (high, -1.0)):
        # A voxel with index n covers n - 0.5 to n + 0.5: its border lies on the grid of totals.
        whole = np.floor(place + 0.5)
        part = place + 0.5 - whole
        at = (rows + (whole - first).astype(np.int64)).ravel()
        second += np.bincount(at, (sign * density * (1.0 - part)).ravel(), minlength=second.size)
        second += np.bincount(at + 1, (sign * density * part).ravel(), minlength=second.size)
    deposited = np.cumsum(second.reshape(len(signal), length), axis=1)
    wrapped = np.zeros_like(signal)
    for start in range(first // lines * lines, first + length, lines):
        a, b = max(start, first), min(start + lines, first + length)
        wrapped[:, a - start : b - start] += deposited[:, a - first : b - first]
    return np.moveaxis(wrapped.reshape(slices, samples, lines), 2, 1)


def _at_borders(moved: NDArray[np.float64]) -> NDArray[np.float64]:
    """Displacement of the borders between voxels: the mean of both sides; at the ends that of the last voxel."""
    inner = (moved[:, :-1] + moved[:, 1:]) / 2.0
    return np.concatenate([moved[:, :1], inner, moved[:, -1:]], axis=1)
