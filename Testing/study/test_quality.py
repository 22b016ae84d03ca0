from __future__ import annotations

from collections.abc import Callable

import pytest

from QualityFinetuneLib.quality.rule import QualityRule
from QualityFinetuneLib.study.quality import scores, strata
from QualityFinetuneLib.study.records import Adjudication, Case, Reading
from QualityFinetuneLib.study.study import Study

AddCase = Callable[..., Case]
AddReading = Callable[..., Reading]


def test_the_latest_reading_decides(study: Study, new_case: AddCase, new_reading: AddReading) -> None:
    a, b, c = (new_case(study, name) for name in "ABC")
    new_reading(study, a, score=1)
    new_reading(study, a, score=2)
    new_reading(study, b, score=3)
    new_reading(study, b, score=1)
    assert strata(study) == {a.id: "high", b.id: "low", c.id: None}


def test_the_rule_is_a_setting(study: Study, new_case: AddCase, new_reading: AddReading) -> None:
    case = new_case(study, "A")
    new_reading(study, case, score=2)
    strict = QualityRule(threshold=3)
    assert strata(study, strict) == {case.id: "low"}
    study.save_settings(study.settings.model_copy(update={"quality_rule": strict}))
    assert strata(study) == {case.id: "low"}


def test_a_reading_without_a_score_tells_nothing(study: Study, new_case: AddCase, new_reading: AddReading) -> None:
    case = new_case(study, "A")
    new_reading(study, case, score=None)
    assert strata(study) == {case.id: None}


def test_scores_of_another_form_do_not_count(study: Study, new_case: AddCase, new_reading: AddReading) -> None:
    case = new_case(study, "A")
    new_reading(study, case, score=5, form="pi-qual-v1")
    assert scores(study) == {case.id: None}


def test_a_rule_about_one_sequence_looks_at_its_score(
    study: Study, new_case: AddCase, new_reading: AddReading
) -> None:
    a, b = new_case(study, "A"), new_case(study, "B")
    new_reading(study, a, score=1, scores={"t2w": 4})
    new_reading(study, b, score=1, scores={})
    rule = QualityRule(kind="section_score_at_least", section="t2w", threshold=3)
    assert strata(study, rule) == {a.id: "high", b.id: None}


@pytest.mark.parametrize(
    ("given", "expected"), [([3], 3), ([1, 3], 1), ([3, 1, 3], 3), ([2, 2, 3, 3], 2), ([1, 2, 3], 2)]
)
def test_of_several_readers_the_lower_median_counts(
    study: Study, new_case: AddCase, new_reading: AddReading, given: list[int], expected: int
) -> None:
    case = new_case(study, "A")
    for number, score in enumerate(given):
        new_reading(study, case, reader=f"Reader {number}", score=score)
    assert scores(study) == {case.id: expected}


def test_what_was_adjudicated_stands_above_the_readings(
    study: Study, new_case: AddCase, new_reading: AddReading, new_adjudication: Callable[..., Adjudication]
) -> None:
    a, b = new_case(study, "A"), new_case(study, "B")
    readings = [new_reading(study, a, reader=name, score=1) for name in ("Reader A", "Reader B")]
    new_reading(study, b, score=1)
    new_adjudication(study, *readings, score=3)
    assert scores(study) == {a.id: 3, b.id: 1}
    new_adjudication(study, *readings, score=2)
    assert scores(study) == {a.id: 2, b.id: 1}
    assert scores(study, QualityRule(form="pi-qual-v1", threshold=3)) == {a.id: None, b.id: None}


def test_repeats_do_not_count(study: Study, new_case: AddCase, new_reading: AddReading) -> None:
    case = new_case(study, "A")
    new_reading(study, case, score=3)
    new_reading(study, case, score=1, repeat=1)
    assert scores(study) == {case.id: 3}
