"""How a form says that a technical requirement is read from the headers: a measure, its roles and its limit."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..cases.roles import Role
from .scores import ID_PATTERN, Evidence

Measure = Literal[
    "slice_thickness_mm",
    "slice_gap_mm",
    "in_plane_phase_mm",
    "in_plane_frequency_mm",
    "field_of_view_mm",
    "highest_b_value",
    "adc_b_values",
    "time_between_points_s",
    "dynamic_duration_s",
    "field_strength_t",
    "planes",
    "receive_coil",
]

UNITS: dict[Measure, str] = {
    "slice_thickness_mm": " mm",
    "slice_gap_mm": " mm",
    "in_plane_phase_mm": " mm",
    "in_plane_frequency_mm": " mm",
    "field_of_view_mm": " mm",
    "highest_b_value": " s/mm²",
    "adc_b_values": " b-values",
    "time_between_points_s": " s",
    "dynamic_duration_s": " s",
    "field_strength_t": " T",
    "planes": " of the planes",
    "receive_coil": " coil named in the headers",
}


class TechnicalCheck(BaseModel):
    """A measured value between limits.

    The value passes when `at_least - tolerance <= value <= at_most + tolerance`; units are those of the measure.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    measure: Measure
    roles: tuple[Role, ...] = Field(min_length=1)
    at_least: float | None = None
    at_most: float | None = None
    tolerance: float = Field(default=0.0, ge=0)
    up_to: float | None = None
    """Of `adc_b_values`: only b-values up to this count, in s/mm2."""

    @model_validator(mode="after")
    def _has_a_limit(self) -> TechnicalCheck:
        if self.at_least is None and self.at_most is None:
            raise ValueError("a check needs at_least or at_most")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("at_least is larger than at_most")
        if self.up_to is not None and self.measure != "adc_b_values":
            raise ValueError("up_to belongs to the measure adc_b_values")
        return self

    def passes(self, value: float) -> bool:
        """Whether the value lies within the limits, tolerance included."""
        low = self.at_least is None or value >= self.at_least - self.tolerance
        return low and (self.at_most is None or value <= self.at_most + self.tolerance)

    def describe(self) -> str:
        """The limits in words, e.g. "at most 3 mm (tolerance 0.05 mm)"."""
        unit = UNITS[self.measure]
        limits = [("at least", self.at_least), ("at most", self.at_most)]
        text = " and ".join(f"{word} {value:g}{unit}" for word, value in limits if value is not None)
        if self.up_to is not None:
            text += f" up to {self.up_to:g} s/mm²"
        return f"{text} (tolerance {self.tolerance:g}{unit})" if self.tolerance else text


class Recommendation(BaseModel):
    """A technical value worth knowing that no score depends on; shown, never asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(pattern=ID_PATTERN)
    section: str
    label: str
    help: str = ""
    evidence: Evidence | None = None
    check: TechnicalCheck
