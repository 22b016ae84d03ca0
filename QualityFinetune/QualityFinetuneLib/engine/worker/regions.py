"""The part of one grid that a part of another can reach, so that only it has to be interpolated."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from ...cases.grid import Geometry


@dataclass(frozen=True)
class Region:
    """A box of voxels of a grid, indices i, j, k: from `start` to before `stop`."""

    start: tuple[int, int, int]
    stop: tuple[int, int, int]

    @property
    def slices(self) -> tuple[slice, slice, slice]:
        """For arrays (z, y, x) of that grid."""
        i, j, k = (slice(a, b) for a, b in zip(self.start, self.stop, strict=True))
        return (k, j, i)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of an array (z, y, x) of the box."""
        x, y, z = (b - a for a, b in zip(self.start, self.stop, strict=True))
        return (z, y, x)

    def of(self, grid: Geometry) -> Geometry:
        """The geometry of this box of `grid`."""
        x, y, z = grid.index_to_mm(self.start)
        depth, height, width = self.shape
        return replace(grid, size=(width, height, depth), origin_mm=(float(x), float(y), float(z)))

    def clipped(self, outer: Region) -> Region:
        """What of this box lies in `outer`, with which it shares at least one voxel."""
        return Region(
            tuple(max(a, b) for a, b in zip(self.start, outer.start, strict=True)),  # type: ignore[arg-type]
            tuple(min(a, b) for a, b in zip(self.stop, outer.stop, strict=True)),  # type: ignore[arg-type]
        )

    def within(self, outer: Region) -> tuple[slice, slice, slice]:
        """Where this box lies in an array (z, y, x) of `outer`, which holds it."""
        shifted = [n - first for n, first in zip((*self.start, *self.stop), outer.start * 2, strict=True)]
        return Region(tuple(shifted[:3]), tuple(shifted[3:])).slices  # type: ignore[arg-type]


def region_of(wanted: np.ndarray, *, margin: int = 0) -> Region | None:
    """The box around the true voxels of an array (z, y, x), widened but kept inside; None where there is none."""
    found = ndimage.find_objects(wanted.astype(np.uint8))
    if not found:
        return None
    extents = wanted.shape[::-1]
    box = found[0][::-1]
    return Region(
        tuple(max(0, part.start - margin) for part in box),  # type: ignore[arg-type]
        tuple(min(n, part.stop + margin) for part, n in zip(box, extents, strict=True)),  # type: ignore[arg-type]
    )


def region_reached(region: Region, grid: Geometry, target: Geometry) -> Region | None:
    """The voxels of `target` whose value, linearly interpolated on `grid`, depends on a voxel in `region` of `grid`.

    Perhaps a few more, as the box is along the target's axes. None where the two do not meet.
    """
    corners = np.array(list(np.ndindex(2, 2, 2)))
    # A voxel counts for what lies less than one voxel away.
    low, high = np.asarray(region.start) - 1.0, np.asarray(region.stop, dtype=float)
    positions = grid.index_to_mm(low + corners * (high - low))
    matrix = np.reshape(target.direction, (3, 3)) * np.asarray(target.spacing_mm)
    there = np.linalg.solve(matrix, (positions - np.asarray(target.origin_mm)).T).T
    start = np.maximum(np.floor(there.min(axis=0)).astype(int), 0)
    stop = np.minimum(np.ceil(there.max(axis=0)).astype(int) + 1, target.size)
    if (start >= stop).any():
        return None
    return Region(tuple(int(n) for n in start), tuple(int(n) for n in stop))  # type: ignore[arg-type]
