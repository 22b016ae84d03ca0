"""Thermal noise in the magnitude image."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np

from ...cases.roles import Role
from ...cases.simulated.scanner import with_noise
from .degradation import DIFFUSION, STRUCTURAL, Degradation
from .severity import amplitude
from .volume import Volume


class RicianNoise(Degradation):
    """Gaussian noise in both channels of the receiver, seen in the magnitude (Gudbjartsson & Patz 1995).

    In diffusion it is added to the volume of each b-value, before ADC is fitted.
    """

    kind: Literal["rician_noise"] = "rician_noise"
    roles: tuple[Role, ...] = STRUCTURAL + DIFFUSION
    snr_db: float
    """Bright tissue (95th percentile of the volume) over the standard deviation of one channel; 20 dB is 10 : 1."""

    table: ClassVar = {"snr_db": (math.inf, 30.0, 24.0, 18.0, 12.0)}
    family: ClassVar[str] = "noise"

    def degraded(self, volume: Volume, rng: np.random.Generator) -> Volume:
        return volume.with_voxels(with_noise(volume.voxels, rng, snr=amplitude(self.snr_db)))
