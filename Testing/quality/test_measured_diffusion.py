"""b-values of the exam and behind its ADC maps on made-up headers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.quality.measured import Measured
from QualityFinetuneLib.quality.series_headers import SeriesHeaders

Measuring = Callable[..., Measured]


def dwi(b: float | None, *, calculated: bool | None = False, role: Role = Role.DWI) -> SeriesHeaders:
    return SeriesHeaders(role=role, b_value=b, calculated=calculated)


def adc(**headers: Any) -> SeriesHeaders:
    return SeriesHeaders(role=Role.ADC, headers=headers)


def test_the_highest_b_value_is_told_with_how_it_came_about(measured: Measuring) -> None:
    high = dwi(1600, calculated=True, role=Role.HBV)
    assert measured("highest_b_value", dwi(800), high).found == "b 1600 s/mm² (calculated)"
    acquired = dwi(1600, role=Role.HBV)
    assert measured("highest_b_value", high, acquired).found == "b 1600 s/mm² (acquired)"
    assert "not stated" in measured("highest_b_value", dwi(1400, calculated=None)).found


def test_a_high_b_series_without_its_value_leaves_a_low_maximum_open(measured: Measuring) -> None:
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
    measured: Measuring, map_headers: dict[str, Any], acquired: list[float], count: int, said: str
) -> None:
    found = measured("adc_b_values", adc(**map_headers), *(dwi(b) for b in acquired), at_least=2, up_to=1000)
    assert found == Measured(values=(float(count),), found=said)


def test_of_several_adc_maps_the_best_counts(measured: Measuring) -> None:
    maps = [adc(DiffusionBValues=[500, 1400]), adc(DiffusionBValues=[0, 400, 800])]
    assert measured("adc_b_values", *maps, at_least=2, up_to=1000).values == (3.0,)


def test_what_a_map_says_of_itself_outranks_what_else_was_acquired(measured: Measuring) -> None:
    exam = [adc(), adc(SequenceName="ep_b0_1400"), *(dwi(b) for b in (0, 400, 800))]
    assert measured("adc_b_values", *exam, at_least=2, up_to=1000).values == (1.0,)


def test_calculated_b_values_make_no_adc(measured: Measuring) -> None:
    found = measured("adc_b_values", adc(), dwi(800), dwi(50, calculated=True), at_least=2, up_to=1000)
    assert found == Measured(found="The b-values behind the ADC are not in the headers.")


def test_without_an_adc_map_nothing_is_claimed(measured: Measuring) -> None:
    assert measured("adc_b_values", dwi(0), dwi(800), at_least=2).found == "There is no ADC map in this case."


def test_without_b_values_nothing_is_claimed(measured: Measuring) -> None:
    assert measured("highest_b_value", dwi(None)) == Measured(found="The b-values are not in the headers.")
