"""How far a diffusion series lies from the T2W at the gland, and how much echo-planar imaging bent it."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from ...cases.grid import resample_to
from ...cases.roles import Role
from . import matching
from .blocks import Pair, blocks_around
from .definition import measures
from .record import Undefined
from .series import EMPTY_GLAND, FEWEST_VOXELS, MeasuredSeries

DIFFUSION = (Role.ADC, Role.HBV, Role.DWI)
IN_PLANE = ndimage.generate_binary_structure(2, 1)[None]

BLOCK_MM = 28.0
SLAB_MM = 6.0
"""Blocks are a few slices thick: beside gas the displacement changes its sign from slice to slice."""
BLOCKS_A_SIDE = 4

NOT_DIFFUSION = "This is not a diffusion series."
NO_T2W = "No T2W was given to compare with."
NO_OWN_GLAND = "The gland was not drawn on this series itself."


@measures(
    "gland_displacement",
    unit="mm",
    better="lower",
    sees=(),
    source="mutual information: Mattes et al., IEEE Trans Med Imaging 2003;22:120",
)
def gland_displacement(series: MeasuredSeries) -> float:
    """Distance by which the gland lies elsewhere than in the T2W.

    With the gland drawn on both series, the distance of its centres; else the length of the translation that gives
    the most mutual information within 25 mm of the gland. Finds shifts to a fraction of a pixel of the series.
    """
    t2w = _t2w(series)
    if series.own_gland is not None:
        one, other = _both_glands(series, t2w)
        return float(np.linalg.norm(_centre_mm(one) - _centre_mm(other)))
    return float(np.linalg.norm(_matched(series, t2w).translation.GetParameters()))


@measures("gland_overlap", unit="1", better="higher", sees=(), source="Dice, Ecology 1945;26:297")
def gland_overlap(series: MeasuredSeries) -> float:
    """Dice overlap 2|A and B| / (|A| + |B|) of the gland drawn on the T2W and on this series, on the T2W's grid."""
    one, other = (sitk.GetArrayFromImage(mask) > 0 for mask in _both_glands(series, _t2w(series)))
    return float(2 * np.count_nonzero(one & other) / (np.count_nonzero(one) + np.count_nonzero(other)))


@measures(
    "gland_distortion",
    unit="mm",
    better="lower",
    sees=("epi_distortion",),
    source="block matching: Ourselin et al., Image Vis Comput 2001;19:25; normalised mutual information: Studholme "
    "et al., Pattern Recognit 1999;32:71; along phase encoding only: Jezzard and Balaban, Magn Reson Med 1995;34:65",
)
def gland_distortion(series: MeasuredSeries) -> float:
    """How unevenly parts of the gland's surroundings are displaced against the T2W along phase encoding, in mm.

    With the gland drawn on both series, the mean distance of the contours once their centres are put together; else
    blocks of 30 x 30 x 6 mm around the gland, which overlap, are matched by mutual information over up to 10 mm
    along phase encoding, and the root mean square distance of their displacements from the mean one is taken, each
    weighted by how far its match stands out. Where the direction is unknown, the larger of both. Matching blocks is
    uncertain: 0.5 to 2 mm mean nothing, and more than 4 mm are not told apart.
    """
    t2w = _t2w(series)
    if series.own_gland is not None:
        return _contour_distance(*_both_glands(series, t2w))
    found = _matched(series, t2w)
    spreads = []
    for axis in series.phase_axes_in(t2w):
        blocks = blocks_around(
            found.gland if axis == 1 else found.gland.transpose(0, 2, 1),
            half_mm=BLOCK_MM / 2,
            slab_mm=SLAB_MM,
            slice_mm=found.fixed.GetSpacing()[2],
            a_side=BLOCKS_A_SIDE,
        )
        spreads.append(
            Pair.of(found.fixed, found.moving, axis=axis, transform=found.translation).moved(blocks).spread_mm
        )
    return max(spreads)


def _t2w(series: MeasuredSeries) -> sitk.Image:
    if series.role not in DIFFUSION:
        raise Undefined(NOT_DIFFUSION)
    if series.t2w is None:
        raise Undefined(NO_T2W)
    return series.t2w


def _matched(series: MeasuredSeries, t2w: sitk.Image) -> matching.Match:
    _ = series.gland
    kept = series.shared("alignment")
    if "match" not in kept:
        kept["match"] = matching.match(series.image, t2w, series.gland_mask)
    found: matching.Match = kept["match"]
    return found


def _both_glands(series: MeasuredSeries, t2w: sitk.Image) -> tuple[sitk.Image, sitk.Image]:
    """The gland of the T2W and that of this series, both on the T2W's grid."""
    if series.own_gland is None:
        raise Undefined(NO_OWN_GLAND)
    masks = [resample_to(mask, t2w, label=True) > 0 for mask in (series.gland_mask, series.own_gland)]
    if any(np.count_nonzero(sitk.GetArrayFromImage(mask)) < FEWEST_VOXELS for mask in masks):
        raise Undefined(EMPTY_GLAND)
    return masks[0], masks[1]


def _centre_mm(mask: sitk.Image) -> NDArray[np.float64]:
    shape = sitk.LabelShapeStatisticsImageFilter()
    shape.Execute(mask)
    return np.array(shape.GetCentroid(1))


def _contour_distance(one: sitk.Image, other: sitk.Image) -> float:
    shift = sitk.TranslationTransform(3, list(_centre_mm(other) - _centre_mm(one)))
    moved = sitk.Resample(other, one, shift, sitk.sitkNearestNeighbor, 0)
    both = [sitk.GetArrayFromImage(mask) > 0 for mask in (one, moved)]
    # Within slices: seen in 3D, all of the first and the last slice would be contour.
    contours = [mask & ~ndimage.binary_erosion(mask, IN_PLANE) for mask in both]
    if not all(contour.any() for contour in contours):
        raise Undefined(EMPTY_GLAND)
    spacing = one.GetSpacing()[::-1]
    found = [ndimage.distance_transform_edt(~to, sampling=spacing)[start] for start, to in (contours, contours[::-1])]
    return float(np.concatenate(found).mean())
