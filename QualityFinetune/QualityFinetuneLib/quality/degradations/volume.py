"""What a degradation is given and gives back: voxels in the scanner's frame, with what it may need to know."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import SimpleITK as sitk

from ...cases.grid import geometry_of
from ...cases.roles import Role
from ...common.errors import ErrorCode, UserError
from .frame import Frame, Voxels, frame_of
from .landmarks import Landmarks
from .phase_encoding import PhaseEncoding

REFERENCE_PERCENTILE = 95.0
"""The signal that noise and interference are measured against, as in the simulated cohort."""


@dataclass(frozen=True, kw_only=True)
class Volume:
    """One series while it is degraded.

    Attributes:
        voxels: float64 (slice, phase, frequency), see `Frame`.
        role: of the series.
        b_value: s/mm2 of a diffusion volume.
        highest_b: the largest b-value of the exam, s/mm2, for what grows with diffusion weighting.
        reference_signal: bright tissue that levels in dB refer to: the 95th percentile of the volume before any
            degradation; for diffusion that of the lowest b-value, because noise does not know the b-value.
    """

    voxels: Voxels
    frame: Frame
    landmarks: Landmarks
    reference_signal: float
    role: Role = Role.T2W
    b_value: float | None = None
    highest_b: float | None = None

    def with_voxels(self, voxels: np.ndarray) -> Volume:
        """The same with other voxels."""
        return replace(self, voxels=np.asarray(voxels, dtype=np.float64))

    def phase_encoded(self, encoding: PhaseEncoding) -> Volume:
        """The same voxels in the frame of another direction of phase encoding."""
        frame = frame_of(self.frame.geometry, encoding)
        if frame == self.frame:
            return self
        return replace(self, frame=frame, voxels=np.array(frame.taken(self.frame.given_back(self.voxels))))


def volume_of(
    image: sitk.Image,
    *,
    landmarks: Landmarks,
    encoding: PhaseEncoding,
    role: Role = Role.T2W,
    b_value: float | None = None,
    highest_b: float | None = None,
    reference_signal: float | None = None,
) -> Volume:
    """The volume of a 3D image; without a `reference_signal` it is measured in the image itself.

    Raises:
        UserError: BAD_GEOMETRY for what is not 3D and scalar, BAD_VALUES for infinite or missing values.
    """
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise UserError(
            ErrorCode.BAD_GEOMETRY,
            what=f"The {role.value} series was not degraded.",
            why="It is not one volume of single values.",
            next="Give each volume of the series by itself.",
        )
    frame = frame_of(geometry_of(image), encoding)
    voxels = np.array(frame.taken(sitk.GetArrayViewFromImage(image)), dtype=np.float64)
    if not np.isfinite(voxels).all():
        raise UserError(
            ErrorCode.BAD_VALUES,
            what=f"The {role.value} series was not degraded.",
            why="Some of its voxels are not numbers.",
            next="Export the series again without missing values.",
        )
    return Volume(
        voxels=voxels,
        frame=frame,
        landmarks=landmarks,
        role=role,
        b_value=b_value,
        highest_b=highest_b,
        reference_signal=bright_signal(voxels) if reference_signal is None else reference_signal,
    )


def bright_signal(voxels: np.ndarray) -> float:
    """The signal of bright tissue: 95th percentile."""
    return float(np.percentile(voxels, REFERENCE_PERCENTILE))


def image_of(volume: Volume, like: sitk.Image) -> sitk.Image:
    """The volume as an image with the geometry of its frame and the pixel type and metadata of `like`."""
    stored = volume.frame.given_back(volume.voxels)
    kind = sitk.GetArrayViewFromImage(like).dtype
    if np.issubdtype(kind, np.integer):
        limits = np.iinfo(kind)
        stored = np.clip(np.rint(stored), limits.min, limits.max)
    image = sitk.GetImageFromArray(stored.astype(kind))
    geometry = volume.frame.geometry
    image.SetSpacing(geometry.spacing_mm)
    image.SetOrigin(geometry.origin_mm)
    image.SetDirection(geometry.direction)
    for key in like.GetMetaDataKeys():
        image.SetMetaData(key, like.GetMetaData(key))
    return image
