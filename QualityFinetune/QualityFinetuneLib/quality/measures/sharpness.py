"""Sharpness within slices and from slice to slice, in millimetres."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from skimage.measure import blur_effect

from .definition import measures
from .record import Undefined
from .series import FEWEST_VOXELS, Mask, MeasuredSeries, Values
from .statistics import positive

GRADIENT_MM = 0.8
"""Scale of the gradients: finer ones answer to noise, coarser ones miss the blur of a few millimetres."""
MIDDLE_MM = 40.0
LEVEL_MM = 10.0
THROUGH_PLANE_MM = 1.6
EDGE_MM = 0.5
LEAST_SIGMA_PX = 0.7
EDGE_REACH_MM = 3.0
EDGES = 80
"""Edges are the steepest fifth of the crests of the gradient in a region."""
BLUR_WINDOW_MM = 5.5
NO_EDGE = "There is no edge in the region."


@measures(
    "sharpness",
    unit="1/mm",
    better="higher",
    sees=("motion", "local_motion"),
    source="Tenengrad: Krotkov, Int J Comput Vis 1988;1:223; Gaussian derivatives for Sobel's, to be in millimetres",
)
def sharpness(series: MeasuredSeries) -> float:
    """Root mean square of the in-plane gradient (Gaussian derivative, 0.8 mm) over the grey level around it.

    Inside the signal within 40 mm of the middle of the field of view along rows and columns, where a protocol for the
    prostate has it: the hips and the fat below the skin stay sharp when bowel moves the gland. The grey level is the
    mean of the signal under a Gaussian of 10 mm, so that the flare of a coil weighs no more than the rest.
    """
    region = series.signal & _middle(series)
    if np.count_nonzero(region) < FEWEST_VOXELS:
        raise Undefined("Hardly any voxel in the middle of the slices has signal.")
    level = _level_around(series)[region]
    least = 1e-3 * positive(float(level.max()), "The region has no signal.")
    relative = gradient(series, GRADIENT_MM)[region].astype(float) / np.maximum(level, least)
    return float(np.sqrt(np.mean(relative**2)))


@measures(
    "gland_sharpness",
    unit="1/mm",
    better="higher",
    sees=("motion", "local_motion", "truncation"),
    source="as sharpness",
)
def gland_sharpness(series: MeasuredSeries) -> float:
    """Root mean square of the in-plane gradient (0.8 mm) over the mean, of the gland with 3 mm around it."""
    return _relative_gradient(series, gradient(series, GRADIENT_MM), series.gland_and_rim)


@measures(
    "blur",
    unit="1",
    better="lower",
    sees=("truncation", "local_motion"),
    source="Crete et al., Proc SPIE 2007;6492:64920I, as in skimage.measure.blur_effect",
)
def blur(series: MeasuredSeries) -> float:
    """Crete's blur, 0 sharp to 1 blurred: what of neighbours' differences is lost by blurring over 5.5 mm again.

    Mean over the slices; padding around the slices is cut off.
    """
    box = ndimage.find_objects(series.regions.valid.astype(np.uint8))[0]
    return _crete(series, box)


@measures("gland_blur", unit="1", better="lower", sees=("truncation", "local_motion"), source="as blur")
def gland_blur(series: MeasuredSeries) -> float:
    """blur of the box around the gland and its rim."""
    _ = series.gland
    return _crete(series, series.gland_box)


@measures(
    "edge_width",
    unit="mm",
    better="lower",
    sees=("truncation", "local_motion"),
    source="Marziliano et al., Signal Process Image Commun 2004;19:163, with the slope for the extremes' places",
)
def edge_width(series: MeasuredSeries) -> float:
    """Width of the steepest edges inside the signal: grey levels climbed within 3 mm to each side, over the slope.

    Median over the steepest fifth of the crests of the gradient (0.5 mm). A step blurred by a Gaussian of s mm,
    and further by those 0.5 mm, has 2.51 sqrt(s^2 + 0.5^2).
    """
    return _edge_width(series, series.signal)


@measures("gland_edge_width", unit="mm", better="lower", sees=("local_motion",), source="as edge_width")
def gland_edge_width(series: MeasuredSeries) -> float:
    """edge_width of the gland with 3 mm around it, so of its capsule and zones."""
    return _edge_width(series, series.gland_and_rim)


@measures(
    "through_plane_sharpness",
    unit="1",
    better="higher",
    sees=("thick_slices",),
    source="the through-plane counterpart of sharpness",
)
def through_plane_sharpness(series: MeasuredSeries) -> float:
    """Gradient from slice to slice over the gradient within slices, both root mean square per mm inside the signal.

    Slices are smoothed with 1.6 mm first, so noise, which differs in every slice, does not pass for detail.
    """
    values = series.values
    if len(values) < 2:
        raise Undefined("There is one slice only.")
    smooth = ndimage.gaussian_filter(values, _sigma_px(series, THROUGH_PLANE_MM), truncate=3)
    both = series.signal[1:] & series.signal[:-1]
    if not both.any():
        raise Undefined("No two neighbouring slices have signal in the same place.")
    steps = (smooth[1:] - smooth[:-1])[both] / series.spacing_mm[0]
    within = gradient(series, THROUGH_PLANE_MM)[:-1][both]
    return float(np.sqrt(np.mean(steps**2)) / positive(float(np.sqrt(np.mean(within**2))), NO_EDGE))


def gradient(series: MeasuredSeries, scale_mm: float) -> Values:
    """Magnitude of the in-plane gradient per mm at this scale; kept for the next measure that asks."""
    kept = series.shared("gradient")
    if scale_mm not in kept:
        kept[scale_mm] = np.hypot(_derivative(series, 1, scale_mm), _derivative(series, 2, scale_mm))
    found: Values = kept[scale_mm]
    return found


def _middle(series: MeasuredSeries) -> Mask:
    """Within 40 mm of the middle of the field of view along rows and along columns."""
    near = [
        np.abs((np.arange(n) - (n - 1) / 2) * s) <= MIDDLE_MM
        for n, s in zip(series.values.shape[1:], series.spacing_mm[1:], strict=True)
    ]
    return np.broadcast_to(near[0][:, None] & near[1][None, :], series.values.shape)


def _level_around(series: MeasuredSeries) -> Values:
    """Mean of the signal around each voxel, in plane."""
    sigma = (0.0, *(LEVEL_MM / s for s in series.spacing_mm[1:]))
    share = ndimage.gaussian_filter(series.signal.astype(np.float32), sigma, truncate=3)
    total = ndimage.gaussian_filter(np.where(series.signal, series.values, np.float32(0)), sigma, truncate=3)
    return total / np.maximum(share, np.float32(1e-3))


def _sigma_px(series: MeasuredSeries, scale_mm: float) -> tuple[float, float, float]:
    """The scale in pixels; a Gaussian narrower than 0.7 pixels is not one any more."""
    return (0.0, *(max(scale_mm / s, LEAST_SIGMA_PX) for s in series.spacing_mm[1:]))  # type: ignore[return-value]


def _derivative(series: MeasuredSeries, axis: int, scale_mm: float) -> Values:
    order = tuple(int(a == axis) for a in range(3))
    sigma = _sigma_px(series, scale_mm)
    return ndimage.gaussian_filter(series.values, sigma, order=order, truncate=3) / series.spacing_mm[axis]


def _relative_gradient(series: MeasuredSeries, steepness: Values, region: Mask) -> float:
    level = positive(float(series.values[region].mean(dtype=float)), "The region has no signal.")
    return float(np.sqrt(np.mean(steepness[region].astype(float) ** 2))) / level


def _crete(series: MeasuredSeries, box: tuple[slice, slice, slice]) -> float:
    values = series.values[box]
    pixel_mm = float(np.sqrt(series.spacing_mm[1] * series.spacing_mm[2]))
    window = max(3, 2 * round((BLUR_WINDOW_MM / pixel_mm - 1) / 2) + 1)
    if min(values.shape[1:]) < window:
        raise Undefined(f"The region is smaller than the {window} pixels that the blur is measured over.")
    found = [float(blur_effect(plane, h_size=window)) for plane in values if np.ptp(plane) > 0]
    found = [one for one in found if np.isfinite(one)]
    if not found:
        raise Undefined(NO_EDGE)
    return float(np.mean(found))


def _edge_width(series: MeasuredSeries, region: Mask) -> float:
    widths, steepness = _widths(series)
    crests = region & np.isfinite(widths)
    if not crests.any():
        raise Undefined(NO_EDGE)
    return float(np.median(widths[crests & (steepness >= np.percentile(steepness[crests], EDGES))]))


def _widths(series: MeasuredSeries) -> tuple[Values, Values]:
    """What is climbed around each voxel, along the image axis nearer to the edge's direction, over the gradient."""
    kept = series.shared("widths")
    if not kept:
        along = [np.abs(_derivative(series, axis, EDGE_MM)) for axis in (1, 2)]
        climbed = []
        for axis in (1, 2):
            reach = 2 * max(1, round(EDGE_REACH_MM / series.spacing_mm[axis])) + 1
            sigma = _sigma_px(series, EDGE_MM)[axis]
            smooth = ndimage.gaussian_filter1d(series.values, sigma, axis=axis, truncate=3)
            top = ndimage.maximum_filter1d(smooth, reach, axis=axis)
            climbed.append(top - ndimage.minimum_filter1d(smooth, reach, axis=axis))
        steeper = along[0] >= along[1]
        steepness = np.hypot(*along)
        # Only crests of the gradient: beside them the slope is that of the edge's foot.
        crest = np.where(steeper, *(steepness >= ndimage.maximum_filter1d(steepness, 3, axis=a) for a in (1, 2)))
        crest &= steepness > 1e-6 * float(steepness.max())
        kept["widths"] = np.where(crest, np.where(steeper, *climbed) / np.where(crest, steepness, 1), np.nan)
        kept["steepness"] = steepness
    return kept["widths"], kept["steepness"]
