"""Eddy currents of the diffusion gradients: each b-value is shifted, scaled and sheared along phase encoding."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from ...cases.roles import Role
from .degradation import DIFFUSION, Degradation
from .push import pushed
from .volume import Volume


class EddyCurrents(Degradation):
    """An affine displacement along phase encoding for each volume, growing with the gradient: with the root of b.

    The b-values no longer lie on one another, so ADC is wrong at edges. Signal is conserved as in any echo-planar
    displacement (Jezzard, Barnett & Pierpaoli 1998 for the three terms).
    """

    kind: Literal["eddy"] = "eddy"
    roles: tuple[Role, ...] = DIFFUSION
    shift_mm: float = Field(ge=0.0, le=40.0)
    """Of the whole image at the highest b-value."""
    scale_percent: float = Field(ge=0.0, le=40.0)
    """Stretch or compression at the highest b-value."""
    shear_deg: float = Field(ge=0.0, le=30.0)
    """Displacement that grows along the frequency axis at the highest b-value."""

    table: ClassVar = {
        "shift_mm": (0.0, 0.8, 1.8, 3.2, 5.5),
        "scale_percent": (0.0, 0.7, 1.5, 3.0, 5.0),
        "shear_deg": (0.0, 0.5, 1.0, 2.0, 3.5),
    }
    family: ClassVar[str] = "distortion"

    def degraded(self, volume: Volume, rng: np.random.Generator) -> Volume:
        shift, scale, shear = rng.choice([-1.0, 1.0], 3) * rng.uniform(0.7, 1.0, 3)
        known = volume.b_value is not None and volume.highest_b
        gradient = np.sqrt(min(1.0, (volume.b_value or 0.0) / (volume.highest_b or 1.0))) if known else 1.0
        _, p, f = volume.frame.offsets_mm(volume.frame.geometry.centre_mm)
        moved_mm = (
            shift * self.shift_mm
            + scale * self.scale_percent / 100.0 * p
            + shear * np.tan(np.deg2rad(self.shear_deg)) * f
        )
        moved_px = np.broadcast_to(gradient * moved_mm / volume.frame.spacing_mm[1], volume.voxels.shape)
        return volume.with_voxels(pushed(volume.voxels, moved_px))
