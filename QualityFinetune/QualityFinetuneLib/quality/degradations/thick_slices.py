"""Thicker slices than were acquired: partial volume along the slice axis."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...cases.grid import Geometry
from ...cases.roles import Role
from .degradation import DIFFUSION, STRUCTURAL, Degradation
from .frame import Frame
from .volume import Volume


class ThickSlices(Degradation):
    """Slices with a rectangular profile, thicker than the volume's own, whose slices are taken to be contiguous.

    `grid: same` puts a thick slice at the place of each thin one, so that masks and measures apply unchanged.
    `grid: thicker` gives contiguous thick slices, as the scanner would have stored them; masks must be resampled.
    """

    kind: Literal["thick_slices"] = "thick_slices"
    roles: tuple[Role, ...] = STRUCTURAL + DIFFUSION
    thicker_by_mm: float = Field(ge=0.0, le=50.0)
    """Added to the distance between the volume's slices."""
    grid: Literal["same", "thicker"] = "same"

    table: ClassVar = {"thicker_by_mm": (0.0, 1.0, 2.0, 3.5, 6.0)}
    family: ClassVar[str] = "resolution"
    draws: ClassVar[bool] = False

    def degraded(self, volume: Volume, rng: np.random.Generator) -> Volume:
        spacing = volume.frame.spacing_mm[0]
        thin = volume.voxels.shape[0]
        thick_mm = spacing + self.thicker_by_mm
        ratio = thick_mm / spacing
        if self.grid == "same":
            middles: NDArray[np.float64] = np.arange(thin, dtype=np.float64) + 0.5
            weights = averaging(thin, middles - ratio / 2.0, middles + ratio / 2.0)
            return volume.with_voxels(np.tensordot(weights, volume.voxels, axes=1))
        edges = thick_edges(thin, ratio=ratio)
        thick = np.tensordot(averaging(thin, edges[:-1], edges[1:]), volume.voxels, axes=1)
        return replace(volume, voxels=thick, frame=_thicker(volume.frame, edges))


def thick_edges(thin: int, *, ratio: float) -> NDArray[np.float64]:
    """Borders of whole thick slices about the middle of the volume, in thin slices from its edge."""
    thick = max(1, int(np.ceil(thin / ratio - 1e-9)))
    return np.asarray(thin / 2.0 + (np.arange(thick + 1) - thick / 2.0) * ratio, dtype=np.float64)


def averaging(thin: int, starts: NDArray[np.float64], ends: NDArray[np.float64]) -> NDArray[np.float64]:
    """(thick, thin) weights: how much of each thick slice lies in each thin one; what lies outside is left out."""
    low = np.maximum(starts[:, None], np.arange(thin)[None, :])
    high = np.minimum(ends[:, None], np.arange(1, thin + 1)[None, :])
    overlap = np.clip(high - low, 0.0, None)
    return overlap / overlap.sum(axis=1, keepdims=True)


def _thicker(frame: Frame, edges: NDArray[np.float64]) -> Frame:
    """The same field of view cut into thick slices; in-plane geometry stays."""
    old, axis = frame.geometry, frame.axes[0]
    size, spacing = list(old.size), list(old.spacing_mm)
    first = float(edges[0] + edges[1]) / 2.0 - 0.5  # the middle of the first thick slice, as an index of thin ones
    index = np.zeros(3)
    index[axis] = first  # the slices lie about the middle of the volume, so a flip does not matter
    size[axis], spacing[axis] = len(edges) - 1, spacing[axis] * float(edges[1] - edges[0])
    x, y, z = (float(v) for v in old.index_to_mm(index))
    geometry = Geometry(
        size=(size[0], size[1], size[2]),
        spacing_mm=(spacing[0], spacing[1], spacing[2]),
        origin_mm=(x, y, z),
        direction=old.direction,
    )
    return replace(frame, geometry=geometry)
