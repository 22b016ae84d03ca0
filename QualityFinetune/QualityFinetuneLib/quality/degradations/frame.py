"""The frame a degradation works in: slices, phase-encode lines, frequency; the same for every way to store a volume.

A volume may be stored in any order and flipped along any axis. Artefacts follow the scanner's axes, so voxels are
first turned into one frame, in which each axis runs to the patient's left, back or head, and turned back afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...cases.grid import Geometry
from .phase_encoding import PhaseEncoding

Voxels = NDArray[np.float64]
Broadcast = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]

_CLEARLY_THICKER = 1.5
"""How much coarser an axis other than the third must be to be taken for the slice axis."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """How an image's own axes i, j, k map to (slice, phase, frequency).

    Attributes:
        geometry: of the image.
        axes: the image axis (0 = i, 1 = j, 2 = k) behind slice, phase and frequency.
        flips: whether that image axis runs against the patient's left, back, head.
    """

    geometry: Geometry
    axes: tuple[int, int, int]
    flips: tuple[bool, bool, bool]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels along slice, phase, frequency."""
        n = self.geometry.size
        return n[self.axes[0]], n[self.axes[1]], n[self.axes[2]]

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Voxel distance along slice, phase, frequency."""
        mm = self.geometry.spacing_mm
        return mm[self.axes[0]], mm[self.axes[1]], mm[self.axes[2]]

    @property
    def fov_mm(self) -> tuple[float, float, float]:
        """Extent along slice, phase, frequency."""
        n, mm = self.shape, self.spacing_mm
        return n[0] * mm[0], n[1] * mm[1], n[2] * mm[2]

    @property
    def directions(self) -> NDArray[np.float64]:
        """Rows: unit vectors of slice, phase, frequency in patient space (left, back, head)."""
        columns = np.reshape(self.geometry.direction, (3, 3))
        return np.stack([columns[:, a] * (-1.0 if f else 1.0) for a, f in zip(self.axes, self.flips, strict=True)])

    @property
    def first_voxel_mm(self) -> NDArray[np.float64]:
        """Where the first voxel of the frame lies in patient space."""
        index = np.zeros(3)
        for axis, flip in zip(self.axes, self.flips, strict=True):
            index[axis] = self.geometry.size[axis] - 1 if flip else 0
        return self.geometry.index_to_mm(index)

    def taken(self, stored: NDArray[np.generic]) -> NDArray[np.generic]:
        """An array as SimpleITK gives it (k, j, i), turned into the frame."""
        turned = np.transpose(stored, [2 - axis for axis in self.axes])
        return np.flip(turned, tuple(n for n, flip in enumerate(self.flips) if flip))

    def given_back(self, turned: NDArray[np.generic]) -> NDArray[np.generic]:
        """The inverse of `taken`."""
        stored = np.flip(turned, tuple(n for n, flip in enumerate(self.flips) if flip))
        return np.ascontiguousarray(np.transpose(stored, np.argsort([2 - axis for axis in self.axes])))

    def offsets_mm(self, point_mm: NDArray[np.float64]) -> Broadcast:
        """Distance of each voxel from a point of the patient along slice, phase, frequency; shapes that broadcast."""
        start = self.directions @ (self.first_voxel_mm - point_mm)
        s, p, f = (start[a] + np.arange(self.shape[a]) * self.spacing_mm[a] for a in range(3))
        return s[:, None, None], p[None, :, None], f[None, None, :]


def frame_of(geometry: Geometry, encoding: PhaseEncoding) -> Frame:
    """The frame of a volume whose phase is encoded along `encoding`."""
    columns = np.reshape(geometry.direction, (3, 3))
    slices = slice_axis(geometry)
    plane = [axis for axis in range(3) if axis != slices]
    wanted = encoding.vector(columns[:, slices])
    phase = max(plane, key=lambda axis: abs(float(columns[:, axis] @ wanted)))
    frequency = next(axis for axis in plane if axis != phase)
    axes = (slices, phase, frequency)
    s, p, f = (_against(columns[:, axis]) for axis in axes)
    return Frame(geometry=geometry, axes=axes, flips=(s, p, f))


def slice_axis(geometry: Geometry) -> int:
    """The image axis that runs from slice to slice: the third, unless another one is clearly coarser."""
    mm = geometry.spacing_mm
    coarsest = int(np.argmax(mm))
    others = [mm[axis] for axis in range(3) if axis != coarsest]
    return coarsest if mm[coarsest] > _CLEARLY_THICKER * max(others) else 2


def _against(direction: NDArray[np.float64]) -> bool:
    return bool(direction[int(np.argmax(np.abs(direction)))] < 0)
