"""Match a diffusion series to the T2W around the gland: one translation, then blocks on their own."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from .record import Undefined

MARGIN_MM = 25.0
STEP_MM = 2.0
"""In-plane grid of the match: about the pixel of a diffusion series."""
T2W_SMOOTHING_MM = 0.8
BINS = 32
BLOCK_BINS = 12
BLOCK_MM = 20.0
SLAB_MM = 9.0
"""Blocks are a few slices thick: beside gas the displacement changes its sign from slice to slice."""
BLOCKS_A_SIDE = 4
REACH_MM = 10

LEAST_INFORMATION = 0.1
"""Mutual information (nat) below which a match is chance: ADC maps and T2W share 0.2 to 0.4, high-b images 0.04."""
LARGEST_MM = 30.0
"""No exam moves further between two series; a longer translation is a match of something else."""

TOO_DIFFERENT = "The series shows too little of what the T2W shows to be matched to it."
NO_OVERLAP = "The series and the T2W do not overlap at the gland."


@dataclass(frozen=True)
class Match:
    """A series matched to the T2W.

    Attributes:
        fixed: the T2W around the gland, 2 mm in plane, its own distance of slices.
        gland: array (z, y, x) of the gland on that grid.
        moving: the series.
        translation: from points of the T2W to points of the series, in mm.
        information: mutual information at that translation, in nat.
    """

    fixed: sitk.Image
    gland: NDArray[np.bool_]
    moving: sitk.Image
    translation: sitk.TranslationTransform
    information: float


def match(moving: sitk.Image, t2w: sitk.Image, gland: sitk.Image) -> Match:
    """The translation of `moving` with the most mutual information with `t2w` around `gland`.

    Deterministic: every voxel counts, in one thread.

    Raises:
        Undefined: when the two do not overlap, or show too little in common.
    """
    fixed = _around_gland(t2w, gland)
    moving = sitk.Cast(moving, sitk.sitkFloat32)
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(BINS)
    method.SetMetricSamplingStrategy(method.NONE)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(2.0, 0.02, 60, gradientMagnitudeTolerance=1e-6)
    method.SetOptimizerScales([1.0, 1.0, 1.0])
    method.SetShrinkFactorsPerLevel([2, 1] if min(fixed.GetSize()) >= 8 else [1, 1])
    method.SetSmoothingSigmasPerLevel([2.0, 0.0] if min(fixed.GetSize()) >= 4 else [0.0, 0.0])
    method.SetSmoothingSigmasAreSpecifiedInPhysicalUnits(True)
    method.SetNumberOfThreads(1)
    translation = sitk.TranslationTransform(3)
    method.SetInitialTransform(translation, inPlace=True)
    try:
        method.MetricEvaluate(fixed, moving)
    except RuntimeError as error:
        raise Undefined(NO_OVERLAP) from error
    try:
        method.Execute(fixed, moving)
    except RuntimeError as error:  # it went so far away that nothing overlaps any more
        raise Undefined(TOO_DIFFERENT) from error
    information = -float(method.GetMetricValue())
    if information < LEAST_INFORMATION or np.linalg.norm(translation.GetParameters()) > LARGEST_MM:
        raise Undefined(TOO_DIFFERENT)
    return Match(
        fixed=fixed,
        gland=_mask_on(gland, fixed),
        moving=moving,
        translation=translation,
        information=information,
    )


def block_displacements_mm(found: Match) -> NDArray[np.float64]:
    """Displacements (blocks, 2) along the T2W's columns and rows that blocks around the gland still need.

    Every shift within 10 mm is tried, so no local optimum traps a block. A block that wants to go further counts with
    the 10 mm, as leaving it out would make strong distortion look like little. The third of the blocks whose best
    shift is least distinct, mostly fat without structure, is left out.
    """
    fixed = _levels(sitk.GetArrayFromImage(found.fixed))
    moving = _levels(sitk.GetArrayFromImage(_shiftable(found)))
    low, high = (np.argwhere(found.gland).min(axis=0), np.argwhere(found.gland).max(axis=0))
    slabs = max(1, round((high[0] - low[0] + 1) * found.fixed.GetSpacing()[2] / SLAB_MM))
    cuts = np.linspace(low[0], high[0] + 1, slabs + 1).astype(int)
    half = int(BLOCK_MM / STEP_MM / 2)
    displacements = []
    for start, stop in pairwise(cuts):
        for y in np.linspace(low[1], high[1], BLOCKS_A_SIDE).astype(int):
            for x in np.linspace(low[2], high[2], BLOCKS_A_SIDE).astype(int):
                rows = slice(max(y - half, 0), min(y + half + 1, fixed.shape[1]))
                columns = slice(max(x - half, 0), min(x + half + 1, fixed.shape[2]))
                displacements.append(_best_shift(fixed[start:stop], moving[start:stop], rows, columns))
    every = np.array(displacements)
    return every[every[:, 2] >= np.percentile(every[:, 2], 100 / 3), :2]


def _around_gland(t2w: sitk.Image, gland: sitk.Image) -> sitk.Image:
    t2w = sitk.Cast(t2w, sitk.sitkFloat32)
    inside = np.argwhere(_mask_on(gland, t2w))[:, ::-1]
    if not len(inside):
        raise Undefined(NO_OVERLAP)
    spacing, size = np.array(t2w.GetSpacing()), np.array(t2w.GetSize())
    margin = np.array([MARGIN_MM, MARGIN_MM, spacing[2]]) / spacing
    low = np.maximum(inside.min(axis=0) - margin, 0)
    high = np.minimum(inside.max(axis=0) + margin, size - 1)
    step = np.array([STEP_MM, STEP_MM, spacing[2]])
    grid = sitk.Image([int(n) for n in np.floor((high - low) * spacing / step + 1e-6) + 1], sitk.sitkFloat32)
    grid.SetSpacing(step.tolist())
    grid.SetDirection(t2w.GetDirection())
    grid.SetOrigin(t2w.TransformContinuousIndexToPhysicalPoint(low.tolist()))
    # Smoothed first: picking every fourth pixel would fold fine detail into the coarse grid.
    sigma = (0.0, T2W_SMOOTHING_MM / spacing[1], T2W_SMOOTHING_MM / spacing[0])
    smooth = sitk.GetImageFromArray(ndimage.gaussian_filter(sitk.GetArrayFromImage(t2w), sigma))
    smooth.CopyInformation(t2w)
    return sitk.Resample(smooth, grid, sitk.Transform(), sitk.sitkLinear, 0.0)


def _mask_on(mask: sitk.Image, grid: sitk.Image) -> NDArray[np.bool_]:
    return sitk.GetArrayFromImage(sitk.Resample(mask, grid, sitk.Transform(), sitk.sitkNearestNeighbor, 0)) > 0


def _shiftable(found: Match) -> sitk.Image:
    """The series under the translation on a grid of 1 mm that reaches 10 mm further than the T2W's."""
    size, spacing = found.fixed.GetSize(), found.fixed.GetSpacing()
    fine = STEP_MM / 2
    grid = sitk.Image([*(int((n - 1) * 2 + 1 + 2 * REACH_MM / fine) for n in size[:2]), size[2]], sitk.sitkFloat32)
    grid.SetSpacing([fine, fine, spacing[2]])
    grid.SetDirection(found.fixed.GetDirection())
    start = [-REACH_MM / STEP_MM, -REACH_MM / STEP_MM, 0.0]
    grid.SetOrigin(found.fixed.TransformContinuousIndexToPhysicalPoint(start))
    return sitk.Resample(found.moving, grid, found.translation, sitk.sitkLinear, 0.0)


def _levels(values: NDArray[np.float32]) -> NDArray[np.int64]:
    """Grey levels as 12 classes of equal size."""
    edges = np.quantile(values, np.linspace(0, 1, BLOCK_BINS + 1)[1:-1])
    return np.searchsorted(edges, values).astype(np.int64)


def _best_shift(
    fixed: NDArray[np.int64], moving: NDArray[np.int64], rows: slice, columns: slice
) -> tuple[float, float, float]:
    """The shift along columns and rows with the most information, and by how many deviations it stands out."""
    here = fixed[:, rows, columns].ravel() * BLOCK_BINS
    count = 2 * REACH_MM + 1
    scores = np.empty((count, count))
    for i in range(count):
        for j in range(count):
            there = moving[
                :,
                2 * rows.start + i : 2 * (rows.stop - 1) + i + 1 : 2,
                2 * columns.start + j : 2 * (columns.stop - 1) + j + 1 : 2,
            ]
            scores[i, j] = _normalised_information(here + there.ravel())
    scores = ndimage.gaussian_filter(scores, 1)
    i, j = (int(k) for k in np.unravel_index(scores.argmax(), scores.shape))
    distinct = float((scores[i, j] - scores.mean()) / max(float(scores.std()), 1e-12))
    return i + _summit(scores[:, j], i) - REACH_MM, j + _summit(scores[i], j) - REACH_MM, distinct


def _normalised_information(pairs: NDArray[np.int64]) -> float:
    """(H(a) + H(b)) / H(a, b) of pairs given as a * BLOCK_BINS + b; 1 when they tell nothing of each other."""
    joint = np.bincount(pairs, minlength=BLOCK_BINS**2).reshape(BLOCK_BINS, BLOCK_BINS) / pairs.size
    together = _entropy(joint)
    return (_entropy(joint.sum(axis=0)) + _entropy(joint.sum(axis=1))) / together if together > 0 else 1.0


def _entropy(p: NDArray[np.float64]) -> float:
    p = p[p > 0]
    return float(-(p * np.log(p)).sum())


def _summit(scores: NDArray[np.float64], top: int) -> float:
    """Where the parabola through the highest score and its neighbours has its top, from the highest one."""
    if not 0 < top < len(scores) - 1:
        return 0.0
    before, at, after = (float(score) for score in scores[top - 1 : top + 2])
    bend = before - 2 * at + after
    return 0.5 * (before - after) / bend if bend < 0 else 0.0
