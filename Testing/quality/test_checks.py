"""Technical checks as a form writes them: limits, tolerance, and what is no check."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from QualityFinetuneLib.quality.checks import TechnicalCheck

THIN: dict[str, Any] = {"measure": "slice_thickness_mm", "roles": ["t2w"], "at_most": 3.0, "tolerance": 0.05}


@pytest.mark.parametrize(("value", "passes"), [(3.0, True), (3.05, True), (3.06, False), (1.5, True), (4.0, False)])
def test_a_value_passes_within_limit_and_tolerance(value: float, passes: bool) -> None:
    assert TechnicalCheck.model_validate(THIN).passes(value) is passes


@given(value=st.floats(0, 1000), low=st.floats(0, 500), width=st.floats(0, 500), tolerance=st.floats(0, 10))
def test_two_limits_are_both_kept(value: float, low: float, width: float, tolerance: float) -> None:
    check = TechnicalCheck(
        measure="field_of_view_mm", roles=("t2w",), at_least=low, at_most=low + width, tolerance=tolerance
    )
    assert check.passes(value) is (low - tolerance <= value <= low + width + tolerance)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"at_most": None}, "needs at_least or at_most"),
        ({"at_least": 5}, "at_least is larger than at_most"),
        ({"up_to": 1000}, "up_to belongs to the measure adc_b_values"),
        ({"roles": []}, "at least 1 item"),
        ({"roles": ["pet"]}, "'t2w'"),
        ({"measure": "beauty"}, "slice_thickness_mm"),
        ({"tolerance": -1}, "greater than or equal to 0"),
    ],
)
def test_an_incoherent_check_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        TechnicalCheck.model_validate({**THIN, **change})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "at most 3 mm (tolerance 0.05 mm)"),
        ({"tolerance": 0}, "at most 3 mm"),
        ({"measure": "field_of_view_mm", "at_least": 1, "tolerance": 0}, "at least 1 mm and at most 3 mm"),
        (
            {"measure": "adc_b_values", "at_least": 2, "at_most": None, "up_to": 1000, "tolerance": 0},
            "at least 2 b-values up to 1000 s/mm²",
        ),
    ],
)
def test_a_check_says_its_limits_in_words(change: dict[str, Any], words: str) -> None:
    assert TechnicalCheck.model_validate({**THIN, **change}).describe() == words
