"""What a scan hands on."""

from __future__ import annotations

from pathlib import Path

import pytest

from QualityFinetuneLib.cases.found import FoundCase, FoundSeries
from QualityFinetuneLib.cases.roles import Role


def test_the_first_series_of_a_role_is_the_preferred_one() -> None:
    def one(role: Role, name: str) -> FoundSeries:
        return FoundSeries(role=role, paths=(Path(name),), name=name)

    case = FoundCase(patient="p", exam="e", name="n", series=(one(Role.HBV, "acquired"), one(Role.HBV, "calculated")))
    assert case.first(Role.HBV).name == "acquired"
    assert case.first(Role.T2W) is None
    assert not case.simulated


def test_what_was_found_cannot_be_changed() -> None:
    series = FoundSeries(role=Role.T2W, paths=(Path("a"),), name="a")
    with pytest.raises(AttributeError):
        series.name = "b"
    assert dict(series.headers) == {}
