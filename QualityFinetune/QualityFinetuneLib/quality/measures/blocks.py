"""Displacements of blocks along one direction, each found by trying every shift within reach."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

Levels = NDArray[np.int64]

BINS = 12
STEP_MM = 2.0
"""In-plane grid of the fixed image: about the pixel of a diffusion series. The moving one has half of it."""
FINER = 2
REACH_MM = 10
SIDEWAYS_MM = 1
"""Blocks may also be off by this much across the direction, so that a small error there costs no match."""


@dataclass(frozen=True)
class Moved:
    """Blocks and how far each moved.

    Attributes:
        shift_mm: (blocks,) along the direction, positive towards higher index.
        place_mm: (blocks, 2) of the blocks' middles, along the direction and across it, from the middle of the image.
        weight: (blocks,) how far the best shift stands out; blocks without structure have little.
    """

    shift_mm: NDArray[np.float64]
    place_mm: NDArray[np.float64]
    weight: NDArray[np.float64]

    @property
    def mean_mm(self) -> float:
        """Weighted mean displacement."""
        return float(np.average(self.shift_mm, weights=self.weight))

    @property
    def spread_mm(self) -> float:
        """Weighted root mean square distance of the displacements from their mean."""
        return float(np.sqrt(np.average((self.shift_mm - self.mean_mm) ** 2, weights=self.weight)))


@dataclass(frozen=True)
class Pair:
    """Two images as grey levels: the fixed one (z, along, across) and, reaching further, the moving one."""

    fixed: Levels
    moving: Levels

    @classmethod
    def of(cls, fixed: sitk.Image, moving: sitk.Image, *, axis: int, transform: sitk.Transform) -> Pair:
        """Put both on one grid; `fixed` has 2 mm in plane, `axis` (1 rows, 2 columns) is the direction."""
        arrays = [sitk.GetArrayFromImage(one) for one in (fixed, _reaching_further(fixed, moving, transform))]
        one, other = (_levels(a if axis == 1 else a.transpose(0, 2, 1)) for a in arrays)
        return cls(one, other)

    def moved(self, blocks: Iterator[tuple[slice, slice, slice]]) -> Moved:
        """How far each block of `fixed` moved, found by mutual information."""
        found = [(*self._best(*block), *self._place_mm(*block[1:])) for block in blocks]
        table = np.array(found).reshape(-1, 4)
        return Moved(shift_mm=table[:, 0], weight=table[:, 1], place_mm=table[:, 2:])

    def _place_mm(self, along: slice, across: slice) -> tuple[float, float]:
        rows, columns = self.fixed.shape[1:]
        return (
            ((along.start + along.stop) / 2 - rows / 2) * STEP_MM,
            ((across.start + across.stop) / 2 - columns / 2) * STEP_MM,
        )

    def _best(self, slices: slice, along: slice, across: slice) -> tuple[float, float]:
        here = self.fixed[slices, along, across].ravel() * BINS
        reach, per_mm = REACH_MM, round(FINER / STEP_MM)
        scores = np.empty(2 * reach * per_mm + 1)
        for i in range(len(scores)):
            rows = slice(FINER * along.start + i, FINER * (along.stop - 1) + i + 1, FINER)
            sideways = (
                slice(FINER * across.start + reach + j, FINER * (across.stop - 1) + reach + j + 1, FINER)
                for j in range(-SIDEWAYS_MM, SIDEWAYS_MM + 1)
            )
            scores[i] = max(normalised_information(here + self.moving[slices, rows, one].ravel()) for one in sideways)
        smooth = ndimage.gaussian_filter1d(scores, 1)
        best = int(smooth.argmax())
        return (best + summit(smooth, best)) / per_mm - reach, float(smooth[best] - np.median(smooth)) + 1e-12


def blocks_around(
    inside: NDArray[np.bool_], *, half_mm: float, slab_mm: float, slice_mm: float, a_side: int
) -> Iterator[tuple[slice, slice, slice]]:
    """Overlapping blocks (z, along, across) with their middles spread over the box around `inside`."""
    places = np.argwhere(inside)
    low, high = places.min(axis=0), places.max(axis=0)
    half = round(half_mm / STEP_MM)
    slabs = max(1, round((high[0] - low[0] + 1) * slice_mm / slab_mm))
    for start, stop in pairwise(np.linspace(low[0], high[0] + 1, slabs + 1).astype(int)):
        for y in np.linspace(low[1], high[1], a_side).astype(int):
            for x in np.linspace(low[2], high[2], a_side).astype(int):
                yield slice(start, stop), *_within(inside.shape[1:], (y, x), half)


def blocks_over(
    inside: NDArray[np.bool_], *, half_mm: float, slab_mm: float, slice_mm: float
) -> Iterator[tuple[slice, slice, slice]]:
    """Half overlapping blocks (z, along, across) all over the image that `inside` fills to more than half."""
    half, thick = round(half_mm / STEP_MM), max(1, round(slab_mm / slice_mm))
    for start in range(0, max(1, inside.shape[0] - thick + 1), thick):
        slices = slice(start, start + thick)
        for y in range(half, inside.shape[1] - half, half):
            for x in range(half, inside.shape[2] - half, half):
                block = (slices, *_within(inside.shape[1:], (y, x), half))
                if inside[block].mean() > 0.5:
                    yield block


def _within(shape: tuple[int, ...], middle: tuple[int, int], half: int) -> tuple[slice, slice]:
    y, x = (slice(max(m - half, 0), min(m + half + 1, n)) for m, n in zip(middle, shape, strict=True))
    return y, x


def _reaching_further(fixed: sitk.Image, moving: sitk.Image, transform: sitk.Transform) -> sitk.Image:
    """`moving` under `transform` on a grid of 1 mm that reaches 10 mm further than that of `fixed`."""
    size, spacing = fixed.GetSize(), fixed.GetSpacing()
    fine = STEP_MM / FINER
    grid = sitk.Image(
        [*(int((n - 1) * FINER + 1 + 2 * REACH_MM / fine) for n in size[:2]), size[2]], sitk.sitkFloat32
    )
    grid.SetSpacing([fine, fine, spacing[2]])
    grid.SetDirection(fixed.GetDirection())
    start = [-REACH_MM / STEP_MM, -REACH_MM / STEP_MM, 0.0]
    grid.SetOrigin(fixed.TransformContinuousIndexToPhysicalPoint(start))
    return sitk.Resample(moving, grid, transform, sitk.sitkLinear, 0.0)


def _levels(values: NDArray[np.float32]) -> Levels:
    """Grey levels as 12 classes of equal size."""
    edges = np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1])
    return np.searchsorted(edges, values).astype(np.int64)


def normalised_information(pairs: Levels) -> float:
    """(H(a) + H(b)) / H(a, b) of pairs given as a * BINS + b; 1 when they tell nothing of each other."""
    joint = np.bincount(pairs, minlength=BINS**2).reshape(BINS, BINS) / pairs.size
    together = _entropy(joint)
    return (_entropy(joint.sum(axis=0)) + _entropy(joint.sum(axis=1))) / together if together > 0 else 1.0


def _entropy(p: NDArray[np.float64]) -> float:
    p = p[p > 0]
    return float(-(p * np.log(p)).sum())


def summit(scores: NDArray[np.float64], top: int) -> float:
    """Where the parabola through the highest score and its neighbours has its top, from the highest one."""
    if not 0 < top < len(scores) - 1:
        return 0.0
    before, at, after = (float(score) for score in scores[top - 1 : top + 2])
    bend = before - 2 * at + after
    return 0.5 * (before - after) / bend if bend < 0 else 0.0
