"""Thermal noise in the magnitude image."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np

from ...cases.roles import Role
from .degradation import DIFFUSION, STRUCTURAL, Degradation
from .frame import Voxels
from .severity import amplitude
from .volume import Volume


class Noise(Degradation):
    """Gaussian noise in both channels of the receiver, seen in the magnitude: Rician.

    Gudbjartsson & Patz, Magn Reson Med 1995;34:910.
    """

    kind: Literal["noise"] = "noise"
    roles: tuple[Role, ...] = STRUCTURAL
    snr_db: float
    """Bright tissue (95th percentile of the volume) over the standard deviation of one channel; 20 dB is 10 : 1."""

    table: ClassVar = {"snr_db": (math.inf, 32.0, 26.0, 20.0, 14.0)}
    family: ClassVar[str] = "noise"

    def degraded(self, volume: Volume, rng: np.random.Generator) -> Volume:
        sigma = volume.reference_signal / amplitude(self.snr_db)
        return volume.with_voxels(with_rician_noise(volume.voxels, rng, sigma=sigma))


class AdcNoise(Degradation):
    """Rician noise of the same strength at every b-value, before ADC is fitted: the high ones suffer most."""

    kind: Literal["adc_noise"] = "adc_noise"
    roles: tuple[Role, ...] = DIFFUSION
    snr_db: float
    """Bright tissue of the lowest b-value (95th percentile) over the standard deviation of one channel."""

    table: ClassVar = {"snr_db": (math.inf, 32.0, 26.0, 20.0, 15.0)}
    family: ClassVar[str] = "noise"

    def degraded(self, volume: Volume, rng: np.random.Generator) -> Volume:
        sigma = volume.reference_signal / amplitude(self.snr_db)
        return volume.with_voxels(with_rician_noise(volume.voxels, rng, sigma=sigma))


def with_rician_noise(voxels: Voxels, rng: np.random.Generator, *, sigma: float) -> Voxels:
    """Magnitude of a signal with Gaussian noise of standard deviation `sigma` in the real and imaginary channel."""
    real = voxels + rng.standard_normal(voxels.shape) * sigma
    return np.hypot(real, rng.standard_normal(voxels.shape) * sigma)
