"""Answers held against the form."""

from __future__ import annotations

from typing import Any

import pytest

from QualityFinetuneLib.common.errors import UserError
from QualityFinetuneLib.quality.answers import answers_of
from QualityFinetuneLib.quality.form import Form


def test_unanswered_items_are_left_out_and_the_rest_is_in_the_forms_order(small: Form) -> None:
    given = {"grade": 2, "sharp": None, "thin": True}
    assert list(answers_of(small, given, protocol="bpmri").items()) == [("thin", True), ("grade", 2)]


@pytest.mark.parametrize(
    ("item", "value", "allows"),
    [
        ("thin", 1, "true or false"),
        ("thin", "yes", "true or false"),
        ("grade", 4, "1, 2, 3"),
        ("grade", True, "1, 2, 3"),
        ("grade", 2.0, "1, 2, 3"),
        ("grade", "2", "1, 2, 3"),
        ("plane", 1, "0, 5"),
    ],
)
def test_a_value_that_the_item_does_not_allow_is_refused(small: Form, item: str, value: Any, allows: str) -> None:
    with pytest.raises(UserError) as caught:
        answers_of(small, {item: value}, protocol="bpmri")
    assert caught.value.code == "bad_reading"
    assert item in caught.value.what
    assert caught.value.why == f"This item allows {allows}."


def test_an_unknown_item_is_refused_with_the_known_ones(small: Form) -> None:
    with pytest.raises(UserError, match="no item named blurred") as caught:
        answers_of(small, {"blurred": True}, protocol="bpmri")
    assert "thin, sharp, grade, plane" in caught.value.why


def test_a_protocol_that_the_form_has_not_is_refused(v1: Form) -> None:
    with pytest.raises(UserError, match="cannot be used for bpmri"):
        answers_of(v1, {}, protocol="bpmri")


def test_answers_about_sections_that_are_not_asked_are_checked_and_left_aside(v2: Form) -> None:
    assert answers_of(v2, {"dce_vessels": True, "t2w_snr": False}, protocol="bpmri") == {"t2w_snr": False}
    with pytest.raises(UserError):
        answers_of(v2, {"dce_vessels": 7}, protocol="bpmri")
