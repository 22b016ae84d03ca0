"""Periodic motion or flow: faint copies of the anatomy, displaced along the phase-encode direction."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from scipy.optimize import brentq
from scipy.special import j0, j1

from ...cases.roles import Role
from .degradation import STRUCTURAL, Degradation, one_a_slice
from .kspace import line_numbers, to_image, to_kspace
from .severity import amplitude
from .volume import Volume

Source = Literal["whole", "rectum"]

_HIGHEST_PHASE = 1.4347
"""rad; where J1(x) = J0(x), so that the first ghost is as bright as what remains of the anatomy."""


class Ghosting(Degradation):
    """A periodic phase error of the k-space lines: exp(i b sin(2 pi k d / FOV + p)), k the number of the line.

    Its spectrum gives copies at n x d along the phase-encode direction with the amplitudes of the Bessel functions
    J_n(b); b follows from the level of the first one. Every factor has magnitude 1, so energy is kept. `rectum`
    lets only the rectum's surroundings pulsate, as bowel motion beside an endorectal coil does.
    """

    kind: Literal["ghosting"] = "ghosting"
    roles: tuple[Role, ...] = STRUCTURAL
    level_db: float = Field(le=0.0)
    """First ghost relative to the anatomy that remains, in dB of amplitude; -20 dB is a tenth."""
    displacement_mm: float = Field(default=35.0, gt=0.0)
    """From the anatomy to its first ghost."""
    irregularity: float = Field(default=0.15, ge=0.0, le=1.0)
    """How far the period wanders: 0 gives sharp copies, 1 smears them along the phase-encode direction."""
    source: Source = "whole"
    source_radius_mm: float = Field(default=25.0, gt=0.0)
    """With source `rectum`: the distance from its middle where the pulsation has fallen to 61 %."""

    table: ClassVar = {"level_db": (-math.inf, -26.0, -19.0, -13.0, -8.0)}
    family: ClassVar[str] = "motion"

    def degraded(self, volume: Volume, rng: np.random.Generator) -> Volume:
        lines = volume.voxels.shape[1]
        cycles = line_numbers(lines) * self.displacement_mm / volume.frame.fov_mm[1]
        strength = modulation_of(self.level_db)
        moving = self._moving(volume)
        out = np.empty_like(volume.voxels)
        for index, slice_rng in enumerate(one_a_slice(rng, len(out))):
            start = slice_rng.uniform(0.0, 2.0 * np.pi)
            wander = np.cumsum(slice_rng.standard_normal(lines)) * self.irregularity * 0.5
            factor = np.exp(1j * strength * np.sin(2.0 * np.pi * cycles + start + wander - wander[lines // 2]))
            source = volume.voxels[index] * moving[index]
            still = volume.voxels[index] - source
            out[index] = np.abs(still + to_image(to_kspace(source) * factor[:, None]))
        return volume.with_voxels(out)

    def _moving(self, volume: Volume) -> NDArray[np.float64]:
        """Share of the signal at each voxel that pulsates."""
        if self.source == "whole":
            return np.ones((volume.voxels.shape[0], 1, 1))
        s, p, f = volume.frame.offsets_mm(np.asarray(volume.landmarks.rectum_mm))
        return np.exp(-0.5 * (s**2 + p**2 + f**2) / self.source_radius_mm**2)


def modulation_of(level_db: float) -> float:
    """Amplitude of the phase modulation (rad) whose first ghost has that level: J1(b) / J0(b) = level."""
    level = amplitude(level_db)
    return float(brentq(lambda b: j1(b) - level * j0(b), 0.0, _HIGHEST_PHASE + 1e-3))
