"""The high b-value loses its signal in noise, while the low ones stay good."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from ...cases.roles import Role
from .degradation import DIFFUSION, Degradation
from .noise import with_rician_noise
from .severity import amplitude
from .volume import Volume, bright_signal


class HighBNoise(Degradation):
    """Rician noise in the volumes from `from_b` on only: too few averages, or a gradient that costs echo time."""

    kind: Literal["high_b_noise"] = "high_b_noise"
    roles: tuple[Role, ...] = DIFFUSION
    snr_db: float
    """Bright tissue of this very volume (95th percentile) over the standard deviation of one channel."""
    from_b: float = Field(default=700.0, gt=0.0)
    """s/mm2. Below 800, the highest b-value of many protocols, from which high ones are then calculated."""

    table: ClassVar = {"snr_db": (math.inf, 24.0, 18.0, 13.0, 8.0)}
    family: ClassVar[str] = "noise"

    def degraded(self, volume: Volume, rng: np.random.Generator) -> Volume:
        if volume.b_value is not None and volume.b_value < self.from_b:
            return volume
        sigma = bright_signal(volume.voxels) / amplitude(self.snr_db)
        return volume.with_voxels(with_rician_noise(volume.voxels, rng, sigma=sigma))
