"""The patient moves while the lines of k-space are acquired: in-plane shifts and turns of the whole body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...cases.roles import Role
from .degradation import STRUCTURAL, Degradation, one_a_slice
from .kspace import rotated, shifted, to_image, to_kspace
from .volume import Volume


class Motion(Degradation):
    """Sudden changes of position during a turbo spin-echo slice, as phase ramps and turns of its k-space lines.

    The slice is transformed into every position that the patient takes, and each line is taken from the k-space of
    the position at its time, as TorchIO's RandomMotion does; the lines of one echo train share a time, as in the
    scanner. Positions are relative to their mean over time, so the anatomy stays where the masks are. Motion across
    slices is not simulated.
    """

    kind: Literal["motion"] = "motion"
    roles: tuple[Role, ...] = STRUCTURAL
    shift_mm: float = Field(ge=0.0, le=50.0)
    """Root mean square displacement over the acquisition, along phase and along frequency each."""
    rotation_deg: float = Field(ge=0.0, le=45.0)
    """Root mean square turn in the plane."""
    events: int = Field(default=4, ge=1, le=32)
    """Changes of position during one slice."""
    echo_train_length: int = Field(default=25, ge=1)
    """Lines acquired after one excitation, spread over k-space."""
    averages: int = Field(default=2, ge=1)
    """Repeats of the acquisition; more of them turn ghosts into blur."""

    table: ClassVar = {
        "shift_mm": (0.0, 0.4, 0.9, 1.6, 3.0),
        "rotation_deg": (0.0, 0.3, 0.7, 1.2, 2.2),
    }
    family: ClassVar[str] = "motion"

    def degraded(self, volume: Volume, rng: np.random.Generator) -> Volume:
        spacing = volume.frame.spacing_mm[1:]
        out = np.empty_like(volume.voxels)
        for index, slice_rng in enumerate(one_a_slice(rng, len(out))):
            plane = volume.voxels[index].astype(np.float32)
            course = draw_course(
                slice_rng,
                lines=plane.shape[0],
                events=self.events,
                echo_train_length=self.echo_train_length,
                averages=self.averages,
            )
            lines = np.zeros(plane.shape, dtype=np.complex64)
            for position, share in zip(course.positions, course.shares, strict=True):
                turned = rotated(plane, degrees=float(position[2] * self.rotation_deg), spacing_mm=spacing)
                there = shifted(
                    to_kspace(turned),
                    phase_px=float(position[0] * self.shift_mm / spacing[0]),
                    frequency_px=float(position[1] * self.shift_mm / spacing[1]),
                )
                lines += there * share[:, None].astype(np.float32)
            out[index] = np.abs(to_image(lines))
        return volume.with_voxels(out)


@dataclass(frozen=True)
class Course:
    """Where the patient was while the lines of one slice were acquired.

    Attributes:
        positions: (position, 3) along phase, along frequency, turn; mean 0 and root mean square 1 over time.
        shares: (position, line) of the averages of each line, summing to 1 over positions.
    """

    positions: NDArray[np.float64]
    shares: NDArray[np.float64]


def draw_course(
    rng: np.random.Generator, *, lines: int, events: int, echo_train_length: int, averages: int
) -> Course:
    """Positions that change at `events` random times.

    An echo train of n lines takes one line from each of n bands of k-space, so neighbouring lines belong to
    neighbouring shots, and lines a band apart to the same one.
    """
    shots = max(1, int(np.ceil(lines / echo_train_length)))
    times = shots * averages
    changes = np.sort(rng.integers(1, max(times, 2), size=events))
    state_at = np.searchsorted(changes, np.arange(times), side="right")
    positions = _of_unit_spread(rng.standard_normal((events + 1, 3)), state_at)
    shot_of_line = np.arange(lines) % shots
    shares = np.zeros((events + 1, lines))
    for average in range(averages):
        shares[state_at[average * shots + shot_of_line], np.arange(lines)] += 1.0 / averages
    return Course(positions=positions, shares=shares)


def _of_unit_spread(positions: NDArray[np.float64], state_at: NDArray[np.int64]) -> NDArray[np.float64]:
    over_time = positions[state_at]
    centred = over_time - over_time.mean(axis=0)
    spread = np.sqrt((centred**2).mean(axis=0))
    return (positions - over_time.mean(axis=0)) / np.where(spread > 0.0, spread, 1.0)
