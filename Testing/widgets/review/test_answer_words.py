"""Answers as sentences."""

from __future__ import annotations

from typing import Any

from QualityFinetuneLib.study.records import NewAnswer
from QualityFinetuneLib.widgets.review import answer_words


def test_a_derived_volume_is_told_only_where_the_task_has_one(session: Any) -> None:
    study, case_id = session.study, session.cases[0].id
    told = answer_words.derived(study, case_id, session.task_named("prostate_volume"))
    assert "ml" in told and answer_words.derived(study, case_id, session.task_named("pi_rads")) == ""


def test_who_answered_is_told_with_what_it_stands_for(session: Any) -> None:
    study, case = session.study, session.cases[0]
    task = session.task_named("isup")
    first = study.answers.add(
        NewAnswer(case_id=case.id, task="isup", origin="imported", status="accepted", values={"grade": 2.0})
    )
    study.answers.add(
        NewAnswer(case_id=case.id, task="isup", origin="imported", status="accepted", values={"grade": 3.0},
                  source="new.csv")
    )  # fmt: skip
    lines = answer_words.history(study, task, study.answers.history(case.id, "isup")).splitlines()
    assert lines[0].startswith("2.  ") and lines[0].endswith("Imported from new.csv, in place of 1")
    assert "ISUP 2" in lines[1] and first.id == 1


def test_a_models_answer_without_probabilities_is_told_as_it_is(session: Any) -> None:
    study, case = session.study, session.cases[0]
    one = study.answers.add(
        NewAnswer(case_id=case.id, task="prostate_volume", origin="model", status="draft", values={"Volume": 40.25})
    )
    told = answer_words.model_says(session.task_named("prostate_volume"), one)
    assert told.startswith("40.2 ml\nMade by the model –")
