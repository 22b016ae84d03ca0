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

BLOCK_MM = 4.0
ORDER_IN_PLANE = 3
ORDER_THROUGH_PLANE = 1
HUBER = 1.345
ROUNDS = 10

FLAT = "The signal is not above zero."


@measures(
    "bias_field",
    unit="ln",
    better="lower",
    sees=("bias",),
    source="Legendre polynomials as in Styner et al., IEEE Trans Med Imaging 2000;19:153; weights of Huber",
)
def bias_field(series: MeasuredSeries) -> float:
    """Standard deviation over the signal of the fitted logarithm of the bias field.

    ln(signal), averaged over blocks of 4 mm, is fitted by Legendre polynomials of total order 3, linear from slice to
    slice, by iteratively reweighted least squares. 0.1 means that shading varies the grey levels by about 10 %. The
    arrangement of fat and muscle is fitted too and gives about 0.3 in a pelvis without any shading.
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


def _field(series: MeasuredSeries) -> tuple[NDArray[np.float64], Mask]:
    kept = series.shared("bias")
    if not kept:
        kept["field"], kept["mask"] = _fit(series)
    return kept["field"], kept["mask"]


def _fit(series: MeasuredSeries) -> tuple[NDArray[np.float64], Mask]:
    blocks = _blocks(series)
    share = block_reduce(series.signal.astype(np.float32), blocks, np.mean)
    total = block_reduce(np.where(series.signal, series.values, 0), blocks, np.mean)
    mask = (share > 0.5) & (total > 0)
    if mask.sum() < FEWEST_VOXELS:
        raise Undefined(FLAT)
    logs = np.log(total[mask] / share[mask]).astype(float)
    terms = _terms(mask.shape)
    design = np.stack([term[mask] for term in terms], axis=1)
    coefficients = _robust(design, logs)
    return np.tensordot(coefficients, np.stack(terms), axes=1), mask


def _terms(shape: tuple[int, ...]) -> list[NDArray[np.float64]]:
    """Legendre polynomials over the volume, the constant first."""
    z, y, x = (np.linspace(-1, 1, n) if n > 1 else np.zeros(1) for n in shape)
    found = []
    for k in range(ORDER_THROUGH_PLANE + 1 if shape[0] > 1 else 1):
        for j in range(ORDER_IN_PLANE + 1 - k):
            for i in range(ORDER_IN_PLANE + 1 - k - j):
                one, two, three = (legendre.legval(a, [0] * n + [1]) for a, n in ((z, k), (y, j), (x, i)))
                found.append(one[:, None, None] * two[None, :, None] * three[None, None, :])
    return found


def _robust(design: NDArray[np.float64], logs: NDArray[np.float64]) -> NDArray[np.float64]:
    weights: NDArray[np.float64] = np.ones(len(logs))
    solution: NDArray[np.float64] = np.zeros(design.shape[1])
    for _ in range(ROUNDS):
        solution = np.linalg.lstsq(design * weights[:, None], logs * weights, rcond=None)[0]
        residual = np.abs(logs - design @ solution)
        scale = MAD_TO_SD * float(np.median(residual))
        if scale < 1e-9:
            break
        weights = np.asarray(np.sqrt(np.minimum(1.0, HUBER * scale / np.maximum(residual, 1e-12))), dtype=np.float64)
    return solution
