"""Along which direction of the patient the phase was encoded: from the headers, or stated, or assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

PhaseDirection = Literal["AP", "LR", "SI"]
"""Front-back, left-right, feet-head. A positive displacement is to the back, to the left, to the head."""

_VECTORS: dict[PhaseDirection, tuple[float, float, float]] = {
    "LR": (1.0, 0.0, 0.0),
    "AP": (0.0, 1.0, 0.0),
    "SI": (0.0, 0.0, 1.0),
}


@dataclass(frozen=True, kw_only=True)
class PhaseEncoding:
    """The direction of phase encoding and who says so.

    Attributes:
        direction: a unit vector in patient space (left, back, head) of either sign, or None to assume one.
        source: `header`, `recipe` or `assumed`; kept in the record.
    """

    direction: tuple[float, float, float] | None = None
    source: Literal["header", "recipe", "assumed"] = "assumed"

    def vector(self, slice_direction: NDArray[np.float64]) -> NDArray[np.float64]:
        """The direction for slices whose normal is given.

        Where nothing is known, front-back is assumed: it is the short side of a pelvis and the usual choice of
        echo-planar diffusion, and for T2w the case in which rectal motion hurts the gland. Coronal slices have no
        front-back in their plane; for them it is left-right.
        """
        if self.direction is not None:
            return np.asarray(self.direction)
        return np.asarray(_VECTORS["LR" if int(np.argmax(np.abs(slice_direction))) == 1 else "AP"])


ASSUMED = PhaseEncoding()


def phase_encoding(*, stated: PhaseDirection | None, headers: Mapping[str, object]) -> PhaseEncoding:
    """What the recipe states, else what the technical headers tell, else an assumption.

    Args:
        stated: by the recipe; None to follow the headers.
        headers: DICOM keywords of the series. InPlanePhaseEncodingDirection ROW means along a row, COL along a
            column (DICOM PS3.3 C.8.3.1); ImageOrientationPatient gives both as directions of the patient.
    """
    if stated is not None:
        return PhaseEncoding(direction=_VECTORS[stated], source="recipe")
    orientation = headers.get("ImageOrientationPatient")
    along = str(headers.get("InPlanePhaseEncodingDirection", "")).strip().upper()
    if not isinstance(orientation, list | tuple) or len(orientation) != 6 or not along.startswith(("ROW", "COL")):
        return ASSUMED
    x, y, z = (float(v) for v in (orientation[:3] if along.startswith("ROW") else orientation[3:]))
    return PhaseEncoding(direction=(x, y, z), source="header")
