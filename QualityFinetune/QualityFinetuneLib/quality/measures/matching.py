"""Match a diffusion series to the T2W around the gland by one translation."""

from __future__ import annotations

from dataclasses import dataclass

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
