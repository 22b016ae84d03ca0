"""Conditions: what holds for which values, and what is no condition."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from QualityFinetuneLib.quality.conditions import Condition, same

KNOWN = {"t2w": 3, "dwi": 4, "thin": True}


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"of": "t2w", "equals": 3}, True),
        ({"of": "t2w", "equals": 2}, False),
        ({"of": "t2w", "at_least": 3}, True),
        ({"of": "t2w", "at_least": 4}, False),
        ({"of": "t2w", "at_most": 3}, True),
        ({"of": "t2w", "at_most": 2}, False),
        ({"of": "t2w", "one_of": [1, 3]}, True),
        ({"of": "t2w", "one_of": [1, 2]}, False),
        ({"of": "thin", "equals": True}, True),
        ({"of": "thin", "equals": False}, False),
        ({"all": [{"of": "t2w", "equals": 3}, {"of": "dwi", "equals": 4}]}, True),
        ({"all": [{"of": "t2w", "equals": 3}, {"of": "dwi", "equals": 3}]}, False),
        ({"any": [{"of": "t2w", "equals": 1}, {"of": "dwi", "equals": 4}]}, True),
        ({"any": [{"of": "t2w", "equals": 1}, {"of": "dwi", "equals": 1}]}, False),
        ({"any": [{"all": [{"of": "t2w", "equals": 3}, {"of": "thin", "equals": True}]}]}, True),
    ],
)
def test_a_condition_holds_for_what_it_says(condition: dict[str, Any], holds: bool) -> None:
    assert Condition.model_validate(condition).holds(KNOWN) is holds


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ({}, "one comparison"),
        ({"of": "t2w"}, "exactly one of"),
        ({"of": "t2w", "equals": 1, "at_least": 1}, "exactly one of"),
        ({"of": "t2w", "equals": 1, "all": [{"of": "dwi", "equals": 1}]}, "one comparison"),
        ({"all": [{"of": "dwi", "equals": 1}], "equals": 1}, "needs to say what it compares"),
        ({"all": []}, "at least 1 item"),
        ({"of": "t2w", "equals": "__import__('os')"}, "valid"),
        ({"eval": "t2w > 3"}, "not permitted"),
    ],
)
def test_what_is_not_one_condition_is_refused(condition: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Condition.model_validate(condition)


def test_yes_is_not_the_number_one() -> None:
    assert same(True, True)
    assert same(1, 1)
    assert not same(True, 1)
    assert not same(0, False)


def test_comparisons_are_found_at_any_depth() -> None:
    condition = Condition.model_validate(
        {"all": [{"of": "a", "equals": 1}, {"any": [{"of": "b", "at_most": 2}, {"of": "c", "one_of": [1, 2]}]}]}
    )
    assert [part.of for part in condition.comparisons()] == ["a", "b", "c"]
    assert [part.compared_values() for part in condition.comparisons()] == [(1,), (2,), (1, 2)]


@given(value=st.integers(-9, 9), limit=st.integers(-9, 9))
def test_at_most_and_at_least_meet_only_where_equal(value: int, limit: int) -> None:
    least = Condition(of="x", at_least=limit).holds({"x": value})
    most = Condition(of="x", at_most=limit).holds({"x": value})
    assert least or most
    assert (least and most) is Condition(of="x", equals=limit).holds({"x": value})
