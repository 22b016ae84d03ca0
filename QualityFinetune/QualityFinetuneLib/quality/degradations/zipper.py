"""Radio-frequency interference: zippers, and the herringbone of single spikes."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from ...cases.roles import Role
from .degradation import DIFFUSION, STRUCTURAL, Degradation, one_a_slice
from .kspace import line_numbers, to_image, to_kspace
from .severity import amplitude
from .volume import Volume


class Zipper(Degradation):
    """A transmitter of one frequency heard by the receiver: a dashed line at one place of the frequency axis.

    Each k-space line hears the same frequency at a phase that has nothing to do with the line, so the line in the
    image runs along the phase-encode direction with random brightness.
    """

    kind: Literal["zipper"] = "zipper"
    roles: tuple[Role, ...] = STRUCTURAL
    level_db: float
    """Root mean square of the line over bright tissue (95th percentile of the volume)."""
    count: int = Field(default=2, ge=1, le=64)
    """Transmitters; they keep their place from slice to slice."""

    table: ClassVar = {"level_db": (-math.inf, -18.0, -10.0, -4.0, 2.0)}
    family: ClassVar[str] = "interference"

    def degraded(self, volume: Volume, rng: np.random.Generator) -> Volume:
        slices, lines, samples = volume.voxels.shape
        places = rng.uniform(0.06, 0.94, self.count) * samples
        times = line_numbers(samples)
        level = amplitude(self.level_db) * volume.reference_signal
        out = np.empty_like(volume.voxels)
        for index, slice_rng in enumerate(one_a_slice(rng, slices)):
            heard = np.zeros((lines, samples), dtype=complex)
            for place in places:
                phases = np.exp(2j * np.pi * slice_rng.uniform(size=lines))
                tone = np.exp(-2j * np.pi * times * (place - samples // 2) / samples)
                # Unitary transforms: a tone of this size along a line gives `level` at one place of each row.
                heard += level / math.sqrt(samples) * phases[:, None] * tone[None, :]
            out[index] = np.abs(volume.voxels[index] + to_image(heard))
        return volume.with_voxels(out)


class Spikes(Degradation):
    """Single k-space samples of far too high signal (arcing, a loose contact): stripes across the whole slice.

    MONAI's KSpaceSpikeNoise sets the log magnitude of a sample; here the amplitude of its stripes is stated.
    """

    kind: Literal["spikes"] = "spikes"
    roles: tuple[Role, ...] = STRUCTURAL + DIFFUSION
    level_db: float
    """Amplitude of the stripes of one spike over bright tissue (95th percentile of the volume)."""
    count: int = Field(default=2, ge=1, le=64)
    """Spikes in each slice."""

    table: ClassVar = {"level_db": (-math.inf, -34.0, -28.0, -22.0, -16.0)}
    family: ClassVar[str] = "interference"

    def degraded(self, volume: Volume, rng: np.random.Generator) -> Volume:
        slices, lines, samples = volume.voxels.shape
        level = amplitude(self.level_db) * volume.reference_signal * math.sqrt(lines * samples)
        out = np.empty_like(volume.voxels)
        for index, slice_rng in enumerate(one_a_slice(rng, slices)):
            kspace = to_kspace(volume.voxels[index])
            for _ in range(self.count):
                line, sample = slice_rng.integers(lines), slice_rng.integers(samples)
                kspace[line, sample] += level * np.exp(2j * np.pi * slice_rng.uniform())
            out[index] = np.abs(to_image(kspace))
        return volume.with_voxels(out)
