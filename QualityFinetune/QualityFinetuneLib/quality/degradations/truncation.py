"""Fewer k-space lines than the image shows: lower resolution, and ringing at edges (Gibbs)."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...cases.roles import Role
from .degradation import DIFFUSION, STRUCTURAL, Degradation
from .kspace import line_numbers, to_image, to_kspace
from .volume import Volume


class Truncation(Degradation):
    """Only the central lines and samples are kept, the rest is zero-filled: convolution with a sinc."""

    kind: Literal["truncation"] = "truncation"
    roles: tuple[Role, ...] = STRUCTURAL + DIFFUSION
    phase_percent: float = Field(gt=0.0, le=100.0)
    """Of the lines along the phase-encode direction, as DICOM's percent sampling."""
    frequency_percent: float = Field(gt=0.0, le=100.0)
    """Of the samples along the frequency-encode direction."""

    table: ClassVar = {
        "phase_percent": (100.0, 70.0, 50.0, 36.0, 25.0),
        "frequency_percent": (100.0, 85.0, 70.0, 55.0, 42.0),
    }
    family: ClassVar[str] = "resolution"
    draws: ClassVar[bool] = False

    def degraded(self, volume: Volume, rng: np.random.Generator) -> Volume:
        _, ny, nx = volume.voxels.shape
        kept = _kept(ny, self.phase_percent)[:, None] & _kept(nx, self.frequency_percent)[None, :]
        return volume.with_voxels(np.abs(to_image(to_kspace(volume.voxels) * kept)))


def _kept(count: int, percent: float) -> NDArray[np.bool_]:
    """Lines in the middle, as many on either side; all of them at 100 %."""
    return np.abs(line_numbers(count)) <= count * percent / 200.0 + 1e-9
