"""Strength of the smooth shading that coils and field inhomogeneity lay over the image."""

from __future__ import annotations

import numpy as np
from numpy.polynomial import legendre
from numpy.typing import NDArray
from skimage.measure import block_reduce

from .definition import measures
from .record import Undefined
from .series import FEWEST_VOXELS, Mask, MeasuredSeries
from .statistics import MAD_TO_SD

Floats = NDArray[np.floating]

BLOCK_MM = 2.0
ORDER_IN_PLANE = 3
ORDER_THROUGH_PLANE = 1
CUT = 2.0
"""Differences beyond this many robust standard deviations are edges of tissue and have no weight."""
ROUNDS = 15

TOO_LITTLE = "There is too little signal to tell shading from anatomy."


@measures(
    "bias_field",
    unit="ln",
    better="lower",
    sees=("bias", "coil_flare"),
    source="sparse gradients: Zheng et al., MICCAI 2009, LNCS 5762:852; weights of Tukey",
)
def bias_field(series: MeasuredSeries) -> float:
    """Standard deviation over the signal of the fitted logarithm of the shading; 0.1 is a variation by about 10 %.

    Differences of ln(signal) between neighbouring blocks of 2 mm in the slice are fitted by those of Legendre
    polynomials of total order 3, linear from slice to slice, with Tukey's biweight: the step from muscle to fat is an
    outlier, the slope within a tissue is shading. Anatomy still gives 0.15 to 0.25 in a pelvis.
    """
    field, mask = _field(series)
    return float(field[mask].std())


@measures("gland_bias_field", unit="ln", better="lower", sees=(), source="as bias_field")
def gland_bias_field(series: MeasuredSeries) -> float:
    """Standard deviation over the gland of the field of bias_field."""
    gland = block_reduce(series.gland, _blocks(series), np.max)
    return float(_field(series)[0][gland].std())


def _blocks(series: MeasuredSeries) -> tuple[int, int, int]:
    z, y, x = (max(1, round(BLOCK_MM / s)) for s in series.spacing_mm)
    return (z, y, x)


def _field(series: MeasuredSeries) -> tuple[Floats, Mask]:
    kept = series.shared("bias")
    if not kept:
        kept["field"], kept["mask"] = _fit(series)
    return kept["field"], kept["mask"]


def _fit(series: MeasuredSeries) -> tuple[Floats, Mask]:
    blocks = _blocks(series)
    share = block_reduce(series.signal.astype(np.float32), blocks, np.mean)
    total = block_reduce(np.where(series.signal, series.values, 0), blocks, np.mean)
    mask: Mask = (share > 0.5) & (total > 0)
    logs = np.log(np.where(mask, total / np.maximum(share, 1e-6), 1.0)).astype(np.float64)
    terms = _terms(mask.shape)
    rows, differences = [], []
    for axis in (1, 2):
        both = _first(mask, axis) & _last(mask, axis)
        differences.append((_last(logs, axis) - _first(logs, axis))[both])
        rows.append(np.stack([(_last(term, axis) - _first(term, axis))[both] for term in terms], axis=1))
    steps = np.concatenate(differences)
    if steps.size < max(FEWEST_VOXELS, 4 * len(terms)):
        raise Undefined(TOO_LITTLE)
    return np.tensordot(_robust(np.concatenate(rows), steps), np.stack(terms), axes=1), mask


def _first(values: NDArray, axis: int) -> NDArray:
    return values[:, :-1] if axis == 1 else values[:, :, :-1]


def _last(values: NDArray, axis: int) -> NDArray:
    return values[:, 1:] if axis == 1 else values[:, :, 1:]


def _terms(shape: tuple[int, ...]) -> list[Floats]:
    """Legendre polynomials over the volume that change within a slice."""
    z, y, x = (np.linspace(-1, 1, n) if n > 1 else np.zeros(1) for n in shape)
    found: list[Floats] = []
    for k in range(ORDER_THROUGH_PLANE + 1 if shape[0] > 1 else 1):
        for j in range(ORDER_IN_PLANE + 1 - k):
            for i in range(ORDER_IN_PLANE + 1 - k - j):
                if i + j:
                    one, two, three = (legendre.legval(a, [0] * n + [1]) for a, n in ((z, k), (y, j), (x, i)))
                    found.append(one[:, None, None] * two[None, :, None] * three[None, None, :])
    return found


def _robust(design: Floats, steps: Floats) -> Floats:
    """Coefficients by iteratively reweighted least squares; a trace of ridge keeps unseen terms at 0."""
    solution: Floats = np.zeros(design.shape[1])
    ridge = 1e-9 * len(steps) * np.eye(design.shape[1])
    for _ in range(ROUNDS):
        residual = steps - design @ solution
        scale = CUT * MAD_TO_SD * float(np.median(np.abs(residual)))
        if scale < 1e-12:
            break
        weights = np.maximum(0.0, 1 - (residual / scale) ** 2) ** 2
        weighted = design * weights[:, None]
        solution = np.linalg.solve(weighted.T @ design + ridge, weighted.T @ steps)
    return solution
