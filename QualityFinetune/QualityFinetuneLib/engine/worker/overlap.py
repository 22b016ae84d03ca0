"""How much two masks agree: overlap, distance between their surfaces, volume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

BOTH_EMPTY = "Neither the reference nor the prediction has this label."
NO_TRUTH = "The reference does not have this label."
NO_PREDICTION = "The prediction does not have this label."


@dataclass(frozen=True, kw_only=True)
class Number:
    """A value, or None with the reason why there is none."""

    value: float | None
    unit: str = ""
    why: str | None = None


def agreement(truth: np.ndarray, prediction: np.ndarray, *, spacing_mm: Sequence[float]) -> dict[str, Number]:
    """Compare two boolean masks (z, y, x) of one label.

    Dice = 2 |T and P| / (|T| + |P|). The surface of a mask is its voxels with a face neighbour outside; distances
    run between voxel centres, from each surface voxel to the nearest one of the other surface. HD95 is the larger
    of the two directions' 95th percentiles, the average symmetric surface distance the mean over both surfaces'
    voxels (definitions as in Maier-Hein et al., Metrics Reloaded, arXiv 2206.01653).

    Args:
        truth: the reference.
        prediction: what is judged.
        spacing_mm: distance of voxels along z, y, x.

    Returns:
        `dice`, `hd95` and `surface_distance` in mm, `truth_volume`, `predicted_volume` and `volume_error` in ml
        (positive: too large), `volume_error_percent` of the reference. What is not defined for empty masks is None.
    """
    ml = float(np.prod(spacing_mm)) / 1000.0
    sizes = int(truth.sum()), int(prediction.sum())
    truth_ml, predicted_ml = sizes[0] * ml, sizes[1] * ml
    found = {
        "truth_volume": Number(value=truth_ml, unit="ml"),
        "predicted_volume": Number(value=predicted_ml, unit="ml"),
        "volume_error": Number(value=predicted_ml - truth_ml, unit="ml"),
    }
    if not sizes[0]:
        found["volume_error_percent"] = Number(value=None, unit="%", why=NO_TRUTH)
    else:
        found["volume_error_percent"] = Number(value=100.0 * (sizes[1] - sizes[0]) / sizes[0], unit="%")
    if not any(sizes):
        found["dice"] = Number(value=None, why=BOTH_EMPTY)
    else:
        both = int(np.logical_and(truth, prediction).sum())
        found["dice"] = Number(value=2.0 * both / sum(sizes))
    if all(sizes):
        hd95, mean = _surface_distances(truth, prediction, spacing_mm)
        found["hd95"] = Number(value=hd95, unit="mm")
        found["surface_distance"] = Number(value=mean, unit="mm")
    else:
        why = BOTH_EMPTY if not any(sizes) else NO_PREDICTION if sizes[0] else NO_TRUTH
        found["hd95"] = found["surface_distance"] = Number(value=None, unit="mm", why=why)
    return found


def dice(truth: np.ndarray, prediction: np.ndarray) -> float | None:
    """Dice of two boolean masks; None where both are empty."""
    total = int(truth.sum()) + int(prediction.sum())
    return 2.0 * int(np.logical_and(truth, prediction).sum()) / total if total else None


def _surface_distances(truth: np.ndarray, prediction: np.ndarray, spacing_mm: Sequence[float]) -> tuple[float, float]:
    box = ndimage.find_objects((truth | prediction).astype(np.uint8))[0]
    # One voxel of margin, so that a surface at the crop's border is one because of the mask and not of the crop.
    surfaces = [_surface(np.pad(mask[box], 1)) for mask in (truth, prediction)]
    ways = [
        ndimage.distance_transform_edt(~there, sampling=spacing_mm)[here]
        for here, there in (surfaces, reversed(surfaces))
    ]
    return max(float(np.percentile(way, 95)) for way in ways), float(np.concatenate(ways).mean())


def _surface(mask: np.ndarray) -> np.ndarray:
    return mask & ~ndimage.binary_erosion(mask)
