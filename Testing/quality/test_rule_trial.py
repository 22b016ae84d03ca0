"""Rules tried out over every combination: contradictions, gaps, dead rules, names that mean nothing are found."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from QualityFinetuneLib.quality.conditions import Value
from QualityFinetuneLib.quality.derivation import matching
from QualityFinetuneLib.quality.form import Form, packaged_forms
from QualityFinetuneLib.quality.rule_trial import MOST_COMBINATIONS, combinations, possible_values

Refusal = Callable[[dict[str, Any] | str], str]


def exam(data: dict[str, Any]) -> dict[str, Any]:
    return data["scores"][1]


def test_rules_that_contradict_each_other_are_told_with_an_example(
    small_data: dict[str, Any], refusal: Refusal
) -> None:
    exam(small_data)["rules"].append({"when": {"of": "points", "equals": 4}, "score": 5, "reason": "Many."})
    text = yaml.safe_dump(small_data, sort_keys=False)
    said = refusal(text)
    assert "rules contradict each other in bpmri: thin = false, points = 4 scores 0 and 5" in said
    line = [n for n, one in enumerate(text.splitlines(), 1) if "of: points" in one][-1] - 1
    assert f"line {line}, scores.1.rules.2" in said.replace("Line", "line")


def test_a_combination_without_a_score_is_told(small_data: dict[str, Any], refusal: Refusal) -> None:
    del exam(small_data)["otherwise"]
    assert "no rule gives a score in bpmri for thin = true, points = 1" in refusal(small_data)


def test_rules_that_agree_may_overlap(small_data: dict[str, Any]) -> None:
    exam(small_data)["rules"].append(
        {
            "when": {"all": [{"of": "thin", "equals": True}, {"of": "points", "equals": 4}]},
            "score": 2,
            "reason": "All points.",
        }
    )
    assert Form.model_validate(small_data).possible_scores("bpmri")["exam"] == (0, 1, 2)


def test_a_rule_that_never_applies_is_told(small_data: dict[str, Any], refusal: Refusal) -> None:
    never = {"all": [{"of": "points", "at_most": 1}, {"of": "points", "at_least": 4}]}
    exam(small_data)["rules"].append({"when": never, "score": 1, "reason": "Never."})
    assert "scores.1.rules.2: this rule never applies in bpmri" in refusal(small_data)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ({"of": "points", "at_least": 9}, "points is never 9; its values are 1, 2, 3, 4"),
        ({"of": "thin", "equals": 1}, "thin is never 1; its values are false, true"),
        ({"of": "points", "equals": True}, "points is never true"),
        ({"of": "contrast", "equals": 1}, "contrast is no item, option or earlier score of bpmri"),
        ({"of": "exam", "equals": 1}, "exam is no item, option or earlier score of bpmri"),
        ({"of": "plane", "equals": 5}, "depends on plane, so that item must be required"),
    ],
)
def test_a_comparison_that_means_nothing_is_told(
    small_data: dict[str, Any], refusal: Refusal, when: dict[str, Any], said: str
) -> None:
    exam(small_data)["rules"][0]["when"] = when
    assert said in refusal(small_data)


def test_points_and_scores_taken_over_must_exist(small_data: dict[str, Any], refusal: Refusal) -> None:
    small_data["scores"][0]["points"] = ["sharp", "blurred"]
    assert "scores.0.points.1: blurred is no item" in refusal(small_data)
    small_data["scores"][0]["points"] = ["sharp", "grade"]
    exam(small_data)["otherwise"]["score"] = "nothing"
    assert "scores.1.otherwise.score: nothing is no item" in refusal(small_data)


def test_a_reason_may_only_name_what_the_score_depends_on(small_data: dict[str, Any], refusal: Refusal) -> None:
    exam(small_data)["rules"][0]["reason"] = "Because of {sharp}."
    assert "the reason names sharp, which the score does not depend on" in refusal(small_data)


def test_a_rule_over_too_many_combinations_is_refused_not_hung_on(
    small_data: dict[str, Any], refusal: Refusal
) -> None:
    items = [{"id": f"i{n}", "part": "visual", "label": "I"} for n in range(20)]
    small_data["sections"][0]["items"] += items
    exam(small_data)["rules"][0]["when"] = {"all": [{"of": one["id"], "equals": True} for one in items]}
    assert MOST_COMBINATIONS < 2**20
    assert "combinations are too many to check" in refusal(small_data)


@pytest.mark.parametrize("form", packaged_forms(), ids=lambda form: form.name)
def test_packaged_rules_give_every_combination_exactly_one_outcome(form: Form) -> None:
    for protocol in form.protocols:
        domains: dict[str, tuple[Value, ...]] = {one.id: one.allowed for one in form.items(protocol)}
        domains |= {option.id: (False, True) for option in form.options}
        domains |= form.possible_scores(protocol)
        for score in form.scores_for(protocol):
            for known in combinations(score.depends_on, domains) if score.rules else ():
                assert len(matching(score, known)) == 1, (score.id, known)


def test_possible_values_are_those_that_occur(small: Form) -> None:
    assert possible_values(small, "bpmri") == {"points": (1, 2, 3, 4), "exam": (0, 1, 2)}


@given(scores=st.lists(st.sampled_from([0, 1, None]), min_size=4, max_size=4))
def test_whatever_two_by_two_table_is_written_gaps_are_found_and_only_gaps(scores: list[int | None]) -> None:
    cells = list(product((False, True), repeat=2))
    rules = [
        {"when": {"all": [{"of": "a", "equals": a}, {"of": "b", "equals": b}]}, "score": score, "reason": "R."}
        for (a, b), score in zip(cells, scores, strict=True)
        if score is not None
    ]
    form = {
        "name": "table",
        "title": "Table",
        "version": "1.0",
        "source": {"citation": "None."},
        "protocols": ["bpmri"],
        "sections": [
            {"id": "s", "title": "S", "items": [{"id": name, "part": "visual", "label": name} for name in "ab"]}
        ],
        "scores": [{"id": "exam", "title": "Exam", "rules": rules}],
    }
    if None in scores:
        with pytest.raises(ValueError, match=r"no rule gives a score|either from points or from rules"):
            Form.model_validate(form)
    else:
        assert Form.model_validate(form).possible_scores("bpmri")["exam"] == tuple(sorted(set(scores)))
