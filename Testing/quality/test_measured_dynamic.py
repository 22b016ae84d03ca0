"""Timing of the dynamic series on made-up times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.measured import Measured
from QualityFinetuneLib.quality.series_headers import SeriesHeaders

Measuring = Callable[..., Measured]


def points(*times_s: float, **headers: Any) -> list[SeriesHeaders]:
    return [SeriesHeaders(role=Role.DCE, time_s=time_s, headers=headers) for time_s in times_s]


def test_temporal_resolution_is_the_middle_interval(measured: Measuring) -> None:
    found = measured("time_between_points_s", *points(17.0, 0.0, 8.9, 13.0, 21.0))
    assert found.values == pytest.approx((4.05,))
    assert found.found == "4.05 s between 5 time points (longest 8.9 s)"
    assert measured("time_between_points_s", *points(0.0, 5.0, 10.0)).found == "5 s between 3 time points"


def test_a_stated_temporal_resolution_is_in_milliseconds(measured: Measuring) -> None:
    series = SeriesHeaders(role=Role.DCE, headers={"TemporalResolution": 7200})
    assert measured("time_between_points_s", series).values == (7.2,)


def test_slices_of_one_time_point_are_no_intervals(measured: Measuring) -> None:
    assert measured("time_between_points_s", *points(0.0, 0.0, 6.0, 6.0)).values == (6.0,)


def test_the_duration_includes_the_last_point(measured: Measuring) -> None:
    assert measured("dynamic_duration_s", *points(0.0, 10.0, 20.0)).values == (30.0,)


def test_without_times_nothing_is_claimed(measured: Measuring) -> None:
    for measure in ("time_between_points_s", "dynamic_duration_s"):
        assert measured(measure, *points(0.0)) == Measured(
            found="The times of the dynamic series are not in the headers."
        )
