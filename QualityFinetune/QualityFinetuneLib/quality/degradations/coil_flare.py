"""The flare of a coil close to the tissue: an endorectal coil, or a surface coil without correction."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from ...cases.roles import Role
from .degradation import DIFFUSION, STRUCTURAL, Degradation
from .severity import amplitude
from .volume import Volume

_SURFACE_BEHIND_MM = 95.0
"""From the gland to a coil on the back, about."""


class CoilFlare(Degradation):
    """Multiplication by 1 + gain x sensitivity; on the axis of a loop of radius R it falls as (1 + (r/R)^2)^(-3/2).

    (Biot and Savart; the same in every direction here.) `endorectal` lies in the rectum behind the gland, `surface`
    on the back.
    """

    kind: Literal["coil_flare"] = "coil_flare"
    roles: tuple[Role, ...] = STRUCTURAL + DIFFUSION
    gain_db: float = Field(ge=0.0, le=80.0)
    """Brightening at the coil."""
    coil: Literal["endorectal", "surface"] = "endorectal"
    radius_mm: float | None = Field(default=None, gt=0.0)
    """Of the loop; None is 18 mm endorectal, 60 mm on the surface."""

    table: ClassVar = {"gain_db": (0.0, 4.0, 8.0, 12.0, 17.0)}
    family: ClassVar[str] = "inhomogeneity"
    draws: ClassVar[bool] = False
    per_scan: ClassVar[bool] = True

    def degraded(self, volume: Volume, rng: np.random.Generator) -> Volume:
        marks = volume.landmarks
        behind = np.array([0.0, _SURFACE_BEHIND_MM, 0.0])
        place = np.asarray(marks.rectum_mm) if self.coil == "endorectal" else np.asarray(marks.gland_mm) + behind
        radius = self.radius_mm or (18.0 if self.coil == "endorectal" else 60.0)
        s, p, f = volume.frame.offsets_mm(place)
        sensitivity = (1.0 + (s**2 + p**2 + f**2) / radius**2) ** -1.5
        return volume.with_voxels(volume.voxels * (1.0 + (amplitude(self.gain_db) - 1.0) * sensitivity))
