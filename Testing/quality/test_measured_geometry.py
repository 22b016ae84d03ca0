"""Slices, resolution, field of view and planes on made-up headers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.measured import Measured
from QualityFinetuneLib.quality.series_headers import SeriesHeaders

Measuring = Callable[..., Measured]
Series = Callable[..., SeriesHeaders]


def test_different_thicknesses_are_all_told(measured: Measuring, t2w: Series) -> None:
    found = measured("slice_thickness_mm", t2w(SliceThickness=3), t2w(SliceThickness="5.0"), t2w())
    assert found == Measured(values=(3.0, 5.0), found="3 and 5 mm (not stated for 1 of 3 series)")


def test_a_thickness_of_rounding_is_shown_as_the_number_meant(measured: Measuring, t2w: Series) -> None:
    assert measured("slice_thickness_mm", t2w(SliceThickness=3.5999999046326)).found == "3.6 mm"


def test_without_a_thickness_the_distance_of_slices_bounds_it(measured: Measuring, t2w: Series) -> None:
    plain = SeriesHeaders(role=Role.T2W, spacing_mm=(0.5, 0.5, 3.6))
    found = measured("slice_thickness_mm", plain)
    assert (found.values, found.bound) == ((3.6,), True)
    assert found.found == "3.6 mm between slices; the thickness itself is not in the file"
    assert measured("slice_thickness_mm", t2w(SpacingBetweenSlices=4)).bound


def test_silence_is_no_value(measured: Measuring, t2w: Series) -> None:
    for measure in ("slice_thickness_mm", "slice_gap_mm", "in_plane_phase_mm", "in_plane_frequency_mm"):
        assert measured(measure, t2w()).values == ()
        assert measured(measure, t2w()).found.endswith("not in the headers.")
    for measure in ("field_of_view_mm", "field_strength_t"):
        assert measured(measure, t2w()).values == ()


def test_the_gap_is_what_lies_between_slices_and_never_negative(measured: Measuring, t2w: Series) -> None:
    assert measured("slice_gap_mm", t2w(SliceThickness=3, SpacingBetweenSlices=3.6)).values == pytest.approx((0.6,))
    assert measured("slice_gap_mm", t2w(SliceThickness=3, SpacingBetweenSlices=1.5)).values == (0.0,)


def test_the_geometry_beats_the_header_about_the_distance_of_slices(measured: Measuring) -> None:
    both = SeriesHeaders(
        role=Role.T2W, headers={"SliceThickness": 3, "SpacingBetweenSlices": 0.6}, spacing_mm=(1, 1, 3.6)
    )
    assert measured("slice_gap_mm", both).values == pytest.approx((0.6,))


@pytest.mark.parametrize(("header", "tesla"), [(3, 3.0), ("1.5", 1.5), (15000, 1.5)])
def test_field_strength_is_in_tesla_even_where_written_in_gauss(
    measured: Measuring, t2w: Series, header: Any, tesla: float
) -> None:
    assert measured("field_strength_t", t2w(MagneticFieldStrength=header)).values == (tesla,)


def test_resolution_and_field_of_view_come_from_the_acquisition(measured: Measuring, t2w: Series) -> None:
    series = t2w(
        Rows=320,
        Columns=320,
        PixelSpacing=[0.625, 0.625],
        AcquisitionMatrix=[320, 0, 0, 310],
        InPlanePhaseEncodingDirection="COL",
    )
    assert measured("in_plane_phase_mm", series).found == "0.65 mm"
    assert measured("in_plane_frequency_mm", series).values == (0.625,)
    assert measured("field_of_view_mm", series) == Measured(values=(200.0,), found="200 x 200 mm")


def test_planes_are_counted_and_named(measured: Measuring) -> None:
    sagittal = SeriesHeaders(role=Role.T2W_SAG)
    assert measured("planes", sagittal, roles=(Role.T2W_SAG, Role.T2W_COR)) == Measured(
        values=(1.0,), found="sagittal"
    )
    assert measured("planes", roles=(Role.T2W_COR,)).found == "none in this case"
