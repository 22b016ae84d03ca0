"""The grey range a volume is first shown with; the user's own setting stays afterwards."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cases.roles import Role

ADC_RANGE = (0.0, 2500.0)
"""In 1e-6 mm2/s: from free of signal to beyond a healthy peripheral zone."""

PERCENTILES = {Role.HBV: (5.0, 99.8), Role.DWI: (5.0, 99.8)}
OTHER_PERCENTILES = (1.0, 99.5)


def grey_range(voxels: NDArray[Any], role: Role) -> tuple[float, float]:
    """Values shown as black and as white.

    Taken from the middle half of the volume in each direction in plane, where the prostate lies, because fat and the
    coil's near field at the border would leave the gland dark.

    Args:
        voxels: the volume (k, j, i).
    """
    if role is Role.ADC and 500.0 < float(voxels.max(initial=0)) < 20_000.0:
        return ADC_RANGE
    _, rows, columns = voxels.shape
    middle = voxels[:, rows // 4 : rows - rows // 4, columns // 4 : columns - columns // 4]
    inside = middle[np.isfinite(middle) & (middle != 0)]
    if inside.size == 0:
        return 0.0, 1.0
    low, high = (float(value) for value in np.percentile(inside, PERCENTILES.get(role, OTHER_PERCENTILES)))
    return (low, high) if high > low else (low, low + 1.0)
