"""A prediction beside what the reader said, as sentences."""

from __future__ import annotations

from dataclasses import replace

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.widgets.rate.predicted_words import explanation, lines, sentence, waiting
from QualityFinetuneLib.workflow.study_predictors import SideBySide

ONE = SideBySide(role=Role.T2W, title="T2W score", value=3.12, half_width=0.81, level=0.9, said=None, simulated=False)


def test_value_uncertainty_and_what_was_said_stand_in_one_sentence() -> None:
    assert sentence(ONE) == "Predicted T2W score 3.1 ± 0.8."
    assert sentence(replace(ONE, said=3)) == "Predicted T2W score 3.1 ± 0.8, you said 3."


def test_a_score_outside_of_the_range_is_marked_by_a_sign_and_words() -> None:
    told = sentence(replace(ONE, said=4))
    assert told == "⚑ Predicted T2W score 3.1 ± 0.8, you said 4: worth a second look."


def test_simulated_quality_says_so_and_none_says_why() -> None:
    assert "simulated faults" in sentence(replace(ONE, simulated=True))
    assert (
        sentence(replace(ONE, value=None, why="Too few measures.")) == "Predicted T2W score: none. Too few measures."
    )


def test_remarks_and_the_meaning_of_the_range_are_explained() -> None:
    remarked = replace(ONE, remarks=("These measures have no value: sharpness.",))
    assert sentence(remarked).endswith("; uncertain, see the tool tip.")
    told = explanation([remarked, ONE])
    assert told.count("90 %") == 1 and told.endswith("sharpness.")
    assert lines([ONE, ONE]).count("\n") == 1 and explanation([]) == ""


def test_what_has_to_be_saved_first_is_named() -> None:
    assert "your reading" in waiting(repeat=False) and "this repeat" in waiting(repeat=True)
