"""Derived scores: one way to derive each, and what it depends on."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from QualityFinetuneLib.quality.scores import DerivedScore

RULE: dict[str, Any] = {"when": {"of": "a", "equals": True}, "score": "b", "reason": "A."}


def test_it_depends_on_points_comparisons_and_scores_taken_over() -> None:
    score = DerivedScore.model_validate(
        {"id": "s", "title": "S", "rules": [RULE], "otherwise": {"score": "c", "reason": "C."}}
    )
    assert score.depends_on == ("a", "b", "c")
    assert DerivedScore(id="s", title="S", points=("x", "y")).depends_on == ("x", "y")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "either from points or from rules"),
        ({"points": ["a"], "rules": [RULE]}, "either from points or from rules"),
        ({"points": ["a"], "otherwise": {"score": 1, "reason": "R."}}, "otherwise belongs to rules"),
        ({"points": []}, "at least 1 item"),
        ({"rules": [{**RULE, "reason": ""}]}, "at least 1 character"),
        ({"rules": [RULE], "formula": "a+b"}, "not permitted"),
    ],
)
def test_a_score_without_one_clear_way_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        DerivedScore.model_validate({"id": "s", "title": "S", **fields})


def test_a_value_is_shown_by_its_label() -> None:
    score = DerivedScore(id="dce", title="DCE", points=("a",), labels={0: "-", 1: "+"})
    assert [score.shown(value) for value in (0, 1, 2)] == ["-", "+", "2"]
