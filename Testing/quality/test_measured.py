"""How values are told, and measures that each series has for itself."""

from __future__ import annotations

import pytest

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.checks import TechnicalCheck
from QualityFinetuneLib.quality.measured import Measured, distinct, each, listed, number
from QualityFinetuneLib.quality.series_headers import SeriesHeaders


@pytest.mark.parametrize(
    ("value", "text"), [(3.0, "3"), (3.5999999046326, "3.6"), (0.645161, "0.65"), (1400.0, "1400"), (0.0, "0")]
)
def test_numbers_are_told_as_a_reader_writes_them(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("values", "text"),
    [([3.0], "3"), ([4.0, 3.0], "3 and 4"), ([800, 50, 400], "50, 400 and 800"), ([3.0, 3.0000001], "3")],
)
def test_values_are_listed_once_in_order(values: list[float], text: str) -> None:
    assert listed(values) == text


def test_distinct_values_ascend() -> None:
    assert distinct([4.0, 3.0, 4.0]) == (3.0, 4.0)


def test_a_measure_of_each_series_tells_how_many_are_silent() -> None:
    echo = each(lambda one: one.number("EchoTime"), "echo time", "ms")
    check = TechnicalCheck(measure="slice_thickness_mm", roles=(Role.T2W,), at_least=0)
    series = [SeriesHeaders(role=Role.T2W, headers=headers) for headers in ({"EchoTime": 101}, {"EchoTime": 104}, {})]
    assert echo(series, check) == Measured(values=(101, 104), found="101 and 104 ms (not stated for 1 of 3 series)")
    assert echo(series[2:], check) == Measured(found="The echo time is not in the headers.")
