"""What measuring a series gives: numbers with their units, and for each missing number the reason."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


class Undefined(Exception):  # noqa: N818 - not an error: the one way for a measure to say that it has no value here
    """A measure has no value for this series; the message is one sentence for a reader."""


@dataclass(frozen=True, kw_only=True)
class MeasureValue:
    """One measured number.

    Attributes:
        value: the number, or NaN where the measure is not defined for this series.
        unit: `1` for a pure number, `image` for the image's own grey levels.
        why: for NaN one sentence with the reason, else None.
    """

    value: float
    unit: str
    why: str | None = None

    def __post_init__(self) -> None:
        if math.isinf(self.value):
            raise ValueError("a measured value is a finite number, or NaN with its reason")
        if math.isnan(self.value) != (self.why is not None):
            raise ValueError("a value that is missing needs a reason, and only such a value has one")

    @classmethod
    def missing(cls, unit: str, why: str) -> MeasureValue:
        """No value, and the reason."""
        return cls(value=math.nan, unit=unit, why=why)

    @property
    def defined(self) -> bool:
        """Whether there is a number."""
        return self.why is None


@dataclass(frozen=True)
class Measures(Mapping[str, MeasureValue]):
    """The measures of one series by name, in the order of the catalogue."""

    values_by_name: Mapping[str, MeasureValue]

    def __getitem__(self, name: str) -> MeasureValue:
        return self.values_by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_by_name)

    def __len__(self) -> int:
        return len(self.values_by_name)

    def as_json(self) -> dict[str, dict[str, Any]]:
        """Plain data for JSON, which knows no NaN: a missing value is null."""
        return {
            name: {"value": one.value if one.defined else None, "unit": one.unit, "why": one.why}
            for name, one in self.items()
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Mapping[str, Any]]) -> Measures:
        """The measures that `as_json` wrote."""
        return cls(
            {
                name: MeasureValue(
                    value=math.nan if one["value"] is None else float(one["value"]), unit=one["unit"], why=one["why"]
                )
                for name, one in data.items()
            }
        )
