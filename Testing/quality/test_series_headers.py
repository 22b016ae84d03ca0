"""Numbers in headers, whatever their spelling; what is none is None."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from QualityFinetuneLib.cases.found import FoundSeries
from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.series_headers import SeriesHeaders


def series(**headers: Any) -> SeriesHeaders:
    return SeriesHeaders(role=Role.T2W, headers=headers)


@pytest.mark.parametrize("value", [[0.5, 0.6], (0.5, 0.6), "0.5\\0.6", "[0.5, 0.6]", "(0.5,0.6)"])
def test_several_numbers_are_read_in_any_spelling(value: Any) -> None:
    assert series(PixelSpacing=value).numbers("PixelSpacing") == (0.5, 0.6)


@pytest.mark.parametrize("value", [3, 3.0, "3", "3.0 ", [3], ["3"]])
def test_one_number_is_read_in_any_spelling(value: Any) -> None:
    assert series(SliceThickness=value).number("SliceThickness") == 3.0


@pytest.mark.parametrize("value", [None, "", "three", "nan", float("inf"), [], [None], [1, 2], {}, object(), "1,x"])
def test_what_is_no_single_finite_number_is_none(value: Any) -> None:
    assert series(SliceThickness=value).number("SliceThickness") is None
    assert series().number("SliceThickness") is None


@pytest.mark.parametrize(("value", "length"), [(3, 3.0), (0, None), (-3, None), ("", None)])
def test_a_length_is_positive(value: Any, length: float | None) -> None:
    assert series(SliceThickness=value).length_mm("SliceThickness") == length


def test_text_is_trimmed_and_empty_when_absent() -> None:
    assert series(SequenceName=" *ep_b50_800 ").text("SequenceName") == "*ep_b50_800"
    assert series(SequenceName=None).text("SequenceName") == ""


def test_a_found_series_is_taken_as_it_is_with_the_geometry_that_the_caller_has() -> None:
    found = FoundSeries(role=Role.HBV, paths=(Path("a.nii"),), name="b", b_value=1400, calculated=True, time_s=2.0)
    taken = SeriesHeaders.of(found, spacing_mm=(0.5, 0.5, 3.0))
    assert taken == SeriesHeaders(
        role=Role.HBV, headers={}, b_value=1400, calculated=True, time_s=2.0, spacing_mm=(0.5, 0.5, 3.0)
    )
    assert SeriesHeaders.of(taken).spacing_mm == (0.5, 0.5, 3.0)
    assert SeriesHeaders.of(found).spacing_mm is None
