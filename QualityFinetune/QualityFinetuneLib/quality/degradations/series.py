"""The images of a case as degradations see them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import SimpleITK as sitk

from ...cases.roles import Role

Images = Mapping[Role, sitk.Image | Mapping[float, sitk.Image]]
"""Role to its image, or for diffusion b-value (s/mm2) to image."""


@dataclass(frozen=True, kw_only=True)
class CaseImage:
    """One volume of a case.

    Attributes:
        b_value: s/mm2 of a diffusion volume; None where it is not known.
        calculated: True for a high b-value that was calculated from others, None where nothing tells.
        time_index: 0-based among the DCE time points.
        headers: technical DICOM values, for the direction of phase encoding.
    """

    role: Role
    image: sitk.Image
    b_value: float | None = None
    calculated: bool | None = None
    time_index: int | None = None
    headers: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name that a scan of a folder recognises: t2w, adc, b50, hbv_calc, dce_01."""
        if self.role is Role.DWI and self.b_value is not None:
            return f"b{self.b_value:g}" + ("_calc" if self.calculated else "")
        if self.role is Role.HBV and self.calculated is not None:
            return "hbv_calc" if self.calculated else "hbv_acq"
        if self.role is Role.DCE and self.time_index is not None:
            return f"dce_{self.time_index + 1:02d}"
        return self.role.value


def case_images(images: Images | Sequence[CaseImage]) -> tuple[CaseImage, ...]:
    """The same list for both ways to give the images of a case."""
    return tuple(_of_mapping(images)) if isinstance(images, Mapping) else tuple(images)


def _of_mapping(images: Images) -> Iterable[CaseImage]:
    for role, given in images.items():
        if isinstance(given, sitk.Image):
            yield CaseImage(role=role, image=given, b_value=_b_value_of(given))
        else:
            for b_value, image in given.items():
                yield CaseImage(role=role, image=image, b_value=float(b_value), calculated=False)


def _b_value_of(image: sitk.Image) -> float | None:
    """The b-value that simulated images carry in their own header."""
    try:
        value = float(image.GetMetaData("b_value")) if image.HasMetaDataKey("b_value") else None
    except ValueError:
        return None
    return value if value is not None and math.isfinite(value) and value >= 0.0 else None
