"""Odd and even echoes of an echo-planar train disagree: a second image half a field of view away."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from ...cases.roles import Role
from .degradation import DIFFUSION, Degradation
from .kspace import line_numbers, to_image, to_kspace
from .volume import Volume


class NyquistGhost(Degradation):
    """Odd lines are turned by +phase, even lines by -phase: cos(phase) of the image, sin(phase) of it at FOV/2.

    `delay_deg` adds a phase that grows along the frequency axis, as a delay between echoes of both directions does;
    the ghost is then stronger on one side.
    """

    kind: Literal["n2_ghost"] = "n2_ghost"
    roles: tuple[Role, ...] = DIFFUSION
    phase_deg: float = Field(ge=0.0, le=90.0)
    """The ghost's level is the tangent of it: 5.7 degrees is a tenth, -20 dB."""
    delay_deg: float = Field(default=0.0, ge=0.0, le=180.0)
    """Additional phase at the border of the field of view along the frequency axis; minus as much at the other."""

    table: ClassVar = {"phase_deg": (0.0, 4.0, 9.0, 16.0, 28.0), "delay_deg": (0.0, 2.0, 4.0, 7.0, 12.0)}
    family: ClassVar[str] = "distortion"
    draws: ClassVar[bool] = False
    per_scan: ClassVar[bool] = True

    def degraded(self, volume: Volume, rng: np.random.Generator) -> Volume:
        _, lines, samples = volume.voxels.shape
        phase = np.deg2rad(self.phase_deg + self.delay_deg * np.linspace(-1.0, 1.0, samples))
        sign = np.where(line_numbers(lines) % 2 == 0, -1.0, 1.0)
        even, odd = (to_image(to_kspace(volume.voxels) * (sign == s)[:, None]) for s in (-1.0, 1.0))
        return volume.with_voxels(np.abs(even * np.exp(-1j * phase) + odd * np.exp(1j * phase)))
