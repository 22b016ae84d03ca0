"""Each measure on made-up headers: the value, what is said, and silence where the headers are silent."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.checks import UNITS, Measure, TechnicalCheck
from QualityFinetuneLib.quality.measured import MEASURES, Measured
from QualityFinetuneLib.quality.series_headers import SeriesHeaders


def measured(measure: Measure, *series: SeriesHeaders, **check: Any) -> Measured:
    roles = tuple(dict.fromkeys(one.role for one in series))
    return MEASURES[measure](series, TechnicalCheck(measure=measure, **{"roles": roles, "at_least": 0, **check}))


def t2w(**headers: Any) -> SeriesHeaders:
    return SeriesHeaders(role=Role.T2W, headers=headers)


def dwi(b: float | None, *, calculated: bool | None = False, role: Role = Role.DWI) -> SeriesHeaders:
    return SeriesHeaders(role=role, b_value=b, calculated=calculated)


def adc(**headers: Any) -> SeriesHeaders:
    return SeriesHeaders(role=Role.ADC, headers=headers)


def points(*times_s: float, **headers: Any) -> list[SeriesHeaders]:
    return [SeriesHeaders(role=Role.DCE, time_s=time_s, headers=headers) for time_s in times_s]


def test_every_measure_that_a_form_may_name_exists_and_has_a_unit() -> None:
    assert set(MEASURES) == set(UNITS) == set(get_args(Measure))


def test_different_thicknesses_are_all_told() -> None:
    found = measured("slice_thickness_mm", t2w(SliceThickness=3), t2w(SliceThickness="5.0"), t2w())
    assert found == Measured(values=(3.0, 5.0), found="3 and 5 mm (not stated for 1 of 3 series)")


def test_a_thickness_of_rounding_is_shown_as_the_number_meant() -> None:
    assert measured("slice_thickness_mm", t2w(SliceThickness=3.5999999046326)).found == "3.6 mm"


def test_without_a_thickness_the_distance_of_slices_bounds_it() -> None:
    plain = SeriesHeaders(role=Role.T2W, spacing_mm=(0.5, 0.5, 3.6))
    found = measured("slice_thickness_mm", plain)
    assert (found.values, found.bound) == ((3.6,), True)
    assert found.found == "3.6 mm between slices; the thickness itself is not in the file"
    assert measured("slice_thickness_mm", t2w(SpacingBetweenSlices=4)).bound


def test_silence_is_no_value() -> None:
    for measure in ("slice_thickness_mm", "slice_gap_mm", "in_plane_phase_mm", "in_plane_frequency_mm"):
        assert measured(measure, t2w()).values == ()
        assert measured(measure, t2w()).found.endswith("not in the headers.")
    for measure in ("field_of_view_mm", "field_strength_t", "highest_b_value", "time_between_points_s"):
        assert measured(measure, t2w()).values == ()
    assert measured("dynamic_duration_s", *points(0.0)).values == ()


def test_the_gap_is_what_lies_between_slices_and_never_negative() -> None:
    assert measured("slice_gap_mm", t2w(SliceThickness=3, SpacingBetweenSlices=3.6)).values == pytest.approx((0.6,))
    assert measured("slice_gap_mm", t2w(SliceThickness=3, SpacingBetweenSlices=1.5)).values == (0.0,)


def test_the_geometry_beats_the_header_about_the_distance_of_slices() -> None:
    both = SeriesHeaders(
        role=Role.T2W, headers={"SliceThickness": 3, "SpacingBetweenSlices": 0.6}, spacing_mm=(1, 1, 3.6)
    )
    assert measured("slice_gap_mm", both).values == pytest.approx((0.6,))


@pytest.mark.parametrize(("header", "tesla"), [(3, 3.0), ("1.5", 1.5), (15000, 1.5)])
def test_field_strength_is_in_tesla_even_where_written_in_gauss(header: Any, tesla: float) -> None:
    assert measured("field_strength_t", t2w(MagneticFieldStrength=header)).values == (tesla,)


def test_resolution_and_field_of_view_come_from_the_acquisition() -> None:
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


def test_the_highest_b_value_is_told_with_how_it_came_about() -> None:
    high = dwi(1600, calculated=True, role=Role.HBV)
    assert measured("highest_b_value", dwi(800), high).found == "b 1600 s/mm² (calculated)"
    acquired = dwi(1600, role=Role.HBV)
    assert measured("highest_b_value", high, acquired).found == "b 1600 s/mm² (acquired)"
    assert "not stated" in measured("highest_b_value", dwi(1400, calculated=None)).found


def test_a_high_b_series_without_its_value_leaves_a_low_maximum_open() -> None:
    unnamed = dwi(None, role=Role.HBV)
    assert measured("highest_b_value", dwi(800), unnamed, at_least=1400).values == ()
    assert measured("highest_b_value", dwi(1500), unnamed, at_least=1400).values == (1500,)
    assert measured("highest_b_value", dwi(800), at_least=1400).values == (800,)


@pytest.mark.parametrize(
    ("map_headers", "acquired", "count", "said"),
    [
        ({"DiffusionBValues": [50, 400, 800]}, [], 3, "b 50, 400 and 800 s/mm² (behind the ADC)"),
        ({"DiffusionBValues": [100, 1400]}, [50, 800], 1, "b 100 and 1400 s/mm² (behind the ADC)"),
        ({"SequenceName": "*ep_b50_800"}, [], 2, "b 50 and 800 s/mm² (named by the ADC's sequence)"),
        ({"SequenceName": "ep_b0_1400"}, [], 1, "b 0 and 1400 s/mm² (named by the ADC's sequence)"),
        ({"SequenceName": "ep_b0"}, [0, 800], 2, "b 0 and 800 s/mm² (acquired)"),
        ({}, [0, 1400], 1, "b 0 and 1400 s/mm² (acquired)"),
    ],
)
def test_the_adc_counts_b_values_up_to_the_limit(
    map_headers: dict[str, Any], acquired: list[float], count: int, said: str
) -> None:
    found = measured("adc_b_values", adc(**map_headers), *(dwi(b) for b in acquired), at_least=2, up_to=1000)
    assert found == Measured(values=(float(count),), found=said)


def test_of_several_adc_maps_the_best_counts() -> None:
    maps = [adc(DiffusionBValues=[500, 1400]), adc(DiffusionBValues=[0, 400, 800])]
    assert measured("adc_b_values", *maps, at_least=2, up_to=1000).values == (3.0,)


def test_what_a_map_says_of_itself_outranks_what_else_was_acquired() -> None:
    exam = [adc(), adc(SequenceName="ep_b0_1400"), *(dwi(b) for b in (0, 400, 800))]
    assert measured("adc_b_values", *exam, at_least=2, up_to=1000).values == (1.0,)


def test_calculated_b_values_make_no_adc() -> None:
    found = measured("adc_b_values", adc(), dwi(800), dwi(50, calculated=True), at_least=2, up_to=1000)
    assert found == Measured(found="The b-values behind the ADC are not in the headers.")


def test_without_an_adc_map_nothing_is_claimed() -> None:
    assert measured("adc_b_values", dwi(0), dwi(800), at_least=2).found == "There is no ADC map in this case."


def test_temporal_resolution_is_the_middle_interval() -> None:
    found = measured("time_between_points_s", *points(17.0, 0.0, 8.9, 13.0, 21.0))
    assert found.values == pytest.approx((4.05,))
    assert found.found == "4.05 s between 5 time points (longest 8.9 s)"
    assert measured("time_between_points_s", *points(0.0, 5.0, 10.0)).found == "5 s between 3 time points"


def test_a_stated_temporal_resolution_is_in_milliseconds() -> None:
    series = SeriesHeaders(role=Role.DCE, headers={"TemporalResolution": 7200})
    assert measured("time_between_points_s", series).values == (7.2,)


def test_slices_of_one_time_point_are_no_intervals() -> None:
    assert measured("time_between_points_s", *points(0.0, 0.0, 6.0, 6.0)).values == (6.0,)


def test_the_duration_includes_the_last_point() -> None:
    assert measured("dynamic_duration_s", *points(0.0, 10.0, 20.0)).values == (30.0,)


def test_planes_are_counted_and_named() -> None:
    sagittal = SeriesHeaders(role=Role.T2W_SAG)
    assert measured("planes", sagittal, roles=(Role.T2W_SAG, Role.T2W_COR)) == Measured(
        values=(1.0,), found="sagittal"
    )
    assert (
        MEASURES["planes"]((), TechnicalCheck(measure="planes", roles=(Role.T2W_COR,), at_least=1)).found
        == "none in this case"
    )
