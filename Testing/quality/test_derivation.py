"""One derived score after the other, each with its reason."""

from __future__ import annotations

from typing import Any

from QualityFinetuneLib.quality.conditions import Value
from QualityFinetuneLib.quality.derivation import Step, derive, matching, value_of
from QualityFinetuneLib.quality.form import Form
from QualityFinetuneLib.quality.scores import DerivedScore, Outcome


def derived(form: Form, index: int, known: dict[str, Value]) -> Step | None:
    return derive(form.scores[index], known, possible=4, show=lambda name, value: f"<{name} {value}>")


def test_points_add_up_yes_as_one_and_scales_as_their_value(small: Form) -> None:
    step = derived(small, 0, {"sharp": True, "grade": 2})
    assert step is not None
    assert (step.value, step.reason) == (3, "3 of 4 points.")
    assert str(step) == "Points: 3 of 4 points."


def test_nothing_is_derived_while_something_is_unknown(small: Form) -> None:
    assert derived(small, 0, {"sharp": True}) is None
    assert derived(small, 1, {"points": 3}) is None


def test_the_reason_names_the_values_it_rests_on(small: Form) -> None:
    step = derived(small, 1, {"thin": True, "points": 3})
    assert step is not None
    assert step.reason == "Thin is <thin True> and there are <points 3> points."


def test_otherwise_holds_only_where_no_rule_does(small: Form) -> None:
    exam = small.scores[1]
    assert matching(exam, {"thin": True, "points": 1}) == [exam.otherwise]
    assert matching(exam, {"thin": False, "points": 1}) == [exam.rules[0]]


def test_a_value_can_be_taken_over_from_another_score() -> None:
    assert value_of(Outcome(score="other", reason="R."), {"other": 4}) == 4
    assert value_of(Outcome(score=2, reason="R."), {}) == 2


def test_braces_in_a_reason_reach_nothing_but_values() -> None:
    rule: dict[str, Any] = {"when": {"of": "a", "equals": True}, "score": 1, "reason": "{a} {a.__class__} {0} {"}
    score = DerivedScore.model_validate({"id": "s", "title": "S", "rules": [rule]})
    step = derive(score, {"a": True}, possible=1, show=lambda name, value: "yes")
    assert step is not None
    assert step.reason == "yes {a.__class__} {0} {"
