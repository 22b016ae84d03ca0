"""What the technical checks read of a series: its role and the numbers in its headers, whatever their spelling."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..cases.roles import Role


class SeriesLike(Protocol):
    """What a found series and a study's series have in common."""

    @property
    def role(self) -> Role: ...
    @property
    def headers(self) -> Mapping[str, Any]: ...
    @property
    def b_value(self) -> float | None: ...
    @property
    def calculated(self) -> bool | None: ...
    @property
    def time_s(self) -> float | None: ...


@dataclass(frozen=True, kw_only=True)
class SeriesHeaders:
    """A series as the checks see it.

    Attributes:
        headers: DICOM keyword to value; empty for a plain file.
        b_value: s/mm2 for a diffusion volume; `calculated` tells a calculated from an acquired one.
        time_s: seconds after the first DCE time point.
        spacing_mm: voxel spacing x, y, z of the volume, where the caller knows the geometry.
    """

    role: Role
    headers: Mapping[str, Any] = field(default_factory=dict)
    b_value: float | None = None
    calculated: bool | None = None
    time_s: float | None = None
    spacing_mm: tuple[float, float, float] | None = None

    @classmethod
    def of(cls, series: SeriesLike, *, spacing_mm: tuple[float, float, float] | None = None) -> SeriesHeaders:
        """From a series of any layer; the geometry comes along when the caller has it."""
        return cls(
            role=series.role,
            headers=series.headers,
            b_value=series.b_value,
            calculated=series.calculated,
            time_s=series.time_s,
            spacing_mm=spacing_mm if spacing_mm is not None else getattr(series, "spacing_mm", None),
        )

    def number(self, keyword: str) -> float | None:
        """The header as a finite number, or None when it is absent, empty or not a number."""
        numbers = self.numbers(keyword)
        return numbers[0] if len(numbers) == 1 else None

    def numbers(self, keyword: str) -> tuple[float, ...]:
        """The header as finite numbers; empty when it is absent or any part of it is not one."""
        value = self.headers.get(keyword)
        parts: Iterable[Any]
        if isinstance(value, str):
            parts = value.strip("[]() ").replace("\\", ",").split(",")
        elif isinstance(value, Iterable):
            parts = value
        else:
            parts = (value,)
        try:
            numbers = tuple(float(part) for part in parts)
        except (TypeError, ValueError):
            return ()
        return numbers if all(math.isfinite(number) for number in numbers) else ()

    def text(self, keyword: str) -> str:
        """The header as text, empty when absent."""
        value = self.headers.get(keyword)
        return "" if value is None else str(value).strip()

    def length_mm(self, keyword: str) -> float | None:
        """The header as a length; a zero or negative one says nothing."""
        value = self.number(keyword)
        return value if value is not None and value > 0 else None
