"""Only the region of the gland moves, pushed by the rectum, while the pelvis lies still."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field
from scipy import ndimage

from ...cases.roles import Role
from .degradation import STRUCTURAL, Degradation, one_a_slice
from .frame import Voxels
from .kspace import to_image, to_kspace
from .motion import draw_course
from .volume import Volume

_REACH = 2.5
"""Radii beyond which nothing moves: the displacement there is below 5 % and faded out."""


class LocalMotion(Degradation):
    """Displacements of the gland and the rectal wall, fading with the distance, during a turbo spin-echo slice.

    Each position is the slice pushed by a smooth field; its k-space gives the lines acquired meanwhile. Ghosts of
    what moved spread along the phase-encode direction, the bones stay sharp.
    """

    kind: Literal["local_motion"] = "local_motion"
    roles: tuple[Role, ...] = STRUCTURAL
    shift_mm: float = Field(ge=0.0, le=30.0)
    """Root mean square displacement front to back in the middle of the region; half of it left to right."""
    radius_mm: float | None = Field(default=None, gt=0.0)
    """Of the region: where the displacement has fallen to 61 %; None takes the radius of the gland."""
    events: int = Field(default=10, ge=1, le=32)
    """Changes of position during one slice: the bowel moves all the time."""
    echo_train_length: int = Field(default=25, ge=1)
    averages: int = Field(default=2, ge=1)

    table: ClassVar = {"shift_mm": (0.0, 0.3, 0.7, 1.4, 2.4)}
    family: ClassVar[str] = "motion"

    def degraded(self, volume: Volume, rng: np.random.Generator) -> Volume:
        frame = volume.frame
        across, along_phase, along_frequency = frame.offsets_mm(np.asarray(volume.landmarks.gland_mm))
        radius = self.radius_mm or volume.landmarks.gland_radius_mm
        # What lies to the front and back in this frame: the rectum pushes the gland front to back.
        front_to_back = frame.directions[1:, 1]
        out = volume.voxels.copy()
        for index, slice_rng in enumerate(one_a_slice(rng, len(out))):
            distance2 = across[index] ** 2 + along_phase[0] ** 2 + along_frequency[0] ** 2
            weight = _faded(distance2 / radius**2)
            course = draw_course(
                slice_rng,
                lines=out.shape[1],
                events=self.events,
                echo_train_length=self.echo_train_length,
                averages=self.averages,
            )
            if not weight.any():
                continue
            box = ndimage.find_objects((weight > 0.0).astype(np.int8))[0]
            lines = np.zeros(out.shape[1:], dtype=np.complex128)
            for position, share in zip(course.positions, course.shares, strict=True):
                main, side = position[0] * self.shift_mm, 0.5 * position[1] * self.shift_mm
                push = main * front_to_back + side * front_to_back[::-1]
                moved = volume.voxels[index].copy()
                moved[box] = _pushed(moved[box], weight[box], push / frame.spacing_mm[1:])
                lines += to_kspace(moved) * share[:, None]
            out[index] = np.abs(to_image(lines))
        return volume.with_voxels(out)


def _faded(squared: Voxels) -> Voxels:
    """A bell over the squared distance in radii, that reaches exactly 0."""
    edge = np.exp(-0.5 * _REACH**2)
    return np.clip((np.exp(-0.5 * squared) - edge) / (1.0 - edge), 0.0, None)


def _pushed(patch: Voxels, weight: Voxels, push_px: Voxels) -> Voxels:
    rows, columns = np.indices(patch.shape, dtype=float)
    places = [rows - weight * push_px[0], columns - weight * push_px[1]]
    return ndimage.map_coordinates(patch, places, order=3, mode="nearest")
