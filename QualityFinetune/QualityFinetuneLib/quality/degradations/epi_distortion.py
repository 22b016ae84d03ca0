"""Gas in the rectum bends the field: echo-planar images are displaced along phase encoding and pile up."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...cases.roles import Role
from .degradation import DIFFUSION, Degradation
from .push import pushed
from .volume import Volume


class EpiDistortion(Degradation):
    """Displacement by the field around a ball of gas, a magnetic dipole along the head-feet direction.

    Outside the gas the field falls with the third power of the distance and changes its sign with the angle to the
    main field; inside it is smoothed to 0. Signal is pushed forward with its borders, so that it is conserved:
    squeezed tissue is bright, stretched tissue dark. All b-values move alike, so ADC moves but does not brighten.
    """

    kind: Literal["epi_distortion"] = "epi_distortion"
    roles: tuple[Role, ...] = DIFFUSION
    displacement_mm: float = Field(ge=-60.0, le=60.0)
    """Largest displacement beside the gas at its own height; positive to the back (or left, or head)."""
    gas_radius_mm: float = Field(default=18.0, gt=0.0)
    gas_offset_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """From the middle of the rectum to the middle of the gas, to the patient's left, back and head."""

    table: ClassVar = {"displacement_mm": (0.0, 2.0, 4.5, 8.0, 13.0)}
    family: ClassVar[str] = "distortion"
    draws: ClassVar[bool] = False
    per_scan: ClassVar[bool] = True

    def degraded(self, volume: Volume, rng: np.random.Generator) -> Volume:
        gas = np.asarray(volume.landmarks.rectum_mm) + np.asarray(self.gas_offset_mm)
        s, p, f = volume.frame.offsets_mm(gas)
        to_head = volume.frame.directions[:, 2]
        height = s * to_head[0] + p * to_head[1] + f * to_head[2]
        field = dipole(np.sqrt(s**2 + p**2 + f**2), height, radius=self.gas_radius_mm)
        moved_px = field * self.displacement_mm / volume.frame.spacing_mm[1]
        return volume.with_voxels(pushed(volume.voxels, moved_px))


_PEAK = (2.0 / 3.0) ** 0.4 / (1.0 + 2.0 / 3.0)
"""Largest value of x^2 / (x^5 + 1)."""


def dipole(distance: NDArray[np.float64], height: NDArray[np.float64], *, radius: float) -> NDArray[np.float64]:
    """Field of a ball in units of its largest value at its own height; above and below it reaches minus 2.

    R^3 (r^2 - 3 z^2) / (r^5 + R^5): for r > R the dipole (1 - 3 cos^2) (R/r)^3, smooth in the middle.
    """
    x, z = distance / radius, height / radius
    return (x**2 - 3.0 * z**2) / (x**5 + 1.0) / _PEAK
