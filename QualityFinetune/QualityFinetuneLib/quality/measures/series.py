"""A series prepared once for all measures: grey levels, spacing, masks, and what several measures share."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from ...cases.grid import resample_to
from ...cases.roles import Role
from ...common.errors import ErrorCode, UserError
from .filters import grown, immerkaer
from .foreground import Regions, regions_of
from .record import Undefined

Mask = NDArray[np.bool_]
Values = NDArray[np.float32]
PhaseEncoding = Literal["ROW", "COL"]
"""DICOM's InPlanePhaseEncodingDirection: ROW when phase is encoded along the image rows (array axis 2)."""

FEWEST_VOXELS = 50
"""A region with fewer voxels than this gives no statistics worth the name."""

RIM_MM = 3.0
"""The capsule and what touches it."""

NO_GLAND = "No gland mask was given."
EMPTY_GLAND = "The gland mask has no voxel in this series."
SMALL_GLAND = f"The gland mask has fewer than {FEWEST_VOXELS} voxels in this series."


@dataclass(frozen=True)
class MeasuredSeries:
    """A 3D series as measures see it; arrays are z, y, x and so is `spacing_mm`.

    Attributes:
        image: the series with its geometry.
        role: what the series is for.
        gland: mask of the gland on any grid, or None.
        t2w: the T2W of the same exam, for measures that compare with it.
        own_gland: mask of the gland as drawn on this very series, for a series that may not lie where the T2W does.
        low_b: a volume of a lower b-value of the same diffusion scan, to which this one is compared.
        phase_encoding: where the phase was encoded, None when unknown.
    """

    image: sitk.Image
    role: Role
    gland_image: sitk.Image | None = None
    t2w: sitk.Image | None = None
    own_gland: sitk.Image | None = None
    low_b: sitk.Image | None = None
    phase_encoding: PhaseEncoding | None = None
    _cache: dict[str, dict[Any, Any]] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.image.GetDimension() != 3 or self.image.GetNumberOfComponentsPerPixel() != 1:
            raise UserError(
                ErrorCode.BAD_GEOMETRY,
                what="This image cannot be measured.",
                why="It is not one volume of grey levels.",
                next="Choose a series that is a 3D stack of slices.",
            )

    @cached_property
    def values(self) -> Values:
        """Grey levels."""
        return np.ascontiguousarray(sitk.GetArrayFromImage(self.image), dtype=np.float32)

    @cached_property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance of voxels along z, y, x."""
        x, y, z = self.image.GetSpacing()
        return (z, y, x)

    @cached_property
    def unusable(self) -> str | None:
        """Why nothing can be measured at all, or None."""
        missing = int(np.size(self.values) - np.isfinite(self.values).sum())
        if missing:
            return f"{missing} voxel{'s have' if missing > 1 else ' has'} no number (NaN or infinite)."
        if self.values.size == 0:
            return "The image has no voxels."
        if float(np.ptp(self.values)) == 0:
            return "Every voxel has the same value."
        return None

    @cached_property
    def regions(self) -> Regions:
        """Signal, background and padding: the one foreground that all measures share."""
        return regions_of(self.values, self.spacing_mm)

    @property
    def signal(self) -> Mask:
        """Voxels with signal.

        Raises:
            Undefined: when there are too few.
        """
        if np.count_nonzero(self.regions.signal) < FEWEST_VOXELS:
            raise Undefined("Hardly any voxel has signal.")
        return self.regions.signal

    @property
    def background(self) -> Mask:
        """Voxels of air with noise.

        Raises:
            Undefined: when there are none, or what is dark does not look like noise.
        """
        if self.regions.background is None:
            raise Undefined(self.regions.no_background)
        return self.regions.background

    @cached_property
    def _gland(self) -> Mask | str:
        if self.gland_image is None:
            return NO_GLAND
        mask = sitk.GetArrayFromImage(resample_to(self.gland_image, self.image, label=True)) > 0
        count = np.count_nonzero(mask)
        return (EMPTY_GLAND if count == 0 else SMALL_GLAND) if count < FEWEST_VOXELS else mask

    @property
    def gland_mask(self) -> sitk.Image:
        """The gland's mask as given.

        Raises:
            Undefined: when none was given.
        """
        if self.gland_image is None:
            raise Undefined(NO_GLAND)
        return self.gland_image

    @property
    def gland(self) -> Mask:
        """Voxels of the gland.

        Raises:
            Undefined: without a mask, or with one that has no or too few voxels here.
        """
        if isinstance(self._gland, str):
            raise Undefined(self._gland)
        return self._gland

    @cached_property
    def _gland_and_rim(self) -> Mask:
        return grown(self.gland, RIM_MM, self.spacing_mm)

    @property
    def gland_and_rim(self) -> Mask:
        """The gland with 3 mm around it within each slice, so that its capsule is in."""
        return self._gland_and_rim

    @cached_property
    def gland_box(self) -> tuple[slice, slice, slice]:
        """The box around the gland and its rim."""
        return ndimage.find_objects(self.gland_and_rim.astype(np.uint8))[0]

    @cached_property
    def phase_axes(self) -> tuple[int, ...]:
        """Array axes along which phase may have been encoded: one when it is known, else both in-plane axes."""
        return {"ROW": (2,), "COL": (1,)}.get(self.phase_encoding or "", (1, 2))

    def phase_axes_in(self, other: sitk.Image) -> tuple[int, ...]:
        """The same in another image: its array axes that lie nearest to those of this series."""
        if len(self.phase_axes) == 2:
            return (1, 2)
        own, there = (np.reshape(image.GetDirection(), (3, 3)) for image in (self.image, other))
        phase = own[:, 2 - self.phase_axes[0]]
        return (1,) if abs(phase @ there[:, 1]) >= abs(phase @ there[:, 0]) else (2,)

    @cached_property
    def noise_residual(self) -> Values:
        """Response to Immerkaer's mask, of unit gain for white noise; see `noise`."""
        return immerkaer(self.values)

    def shared(self, name: str) -> dict[Any, Any]:
        """A place where a module of measures keeps what several of its measures need."""
        return self._cache.setdefault(name, {})
