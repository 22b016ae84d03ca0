"""What the case table shows."""

from __future__ import annotations

from typing import Any

from QualityFinetuneLib.cases.tasks import load_task
from QualityFinetuneLib.widgets.study.case_rows import case_rows, latest_split, summary


def test_a_case_is_shown_with_series_outlines_and_no_quality_yet(session: Any) -> None:
    first = case_rows(session, [load_task("gland"), load_task("zones")])[0]
    assert first.label == "Case 0001 (simulated)"
    assert "T2w" in first.series and "ADC" in first.series and "high b" in first.series
    assert first.quality == "Not rated" and not first.rated
    assert first.outlines == "✓ gland, zones"
    assert first.part == "–"


def test_an_empty_study_says_what_to_do(session: Any) -> None:
    assert summary([]) == "No exams yet. Import a folder with prostate MRI exams."


def test_the_latest_split_counts(session: Any) -> None:
    study = session.study
    assert latest_split(study) is None
    ids = [case.id for case in session.cases]
    for seed in (1, 2):
        study.splits.create(
            f"s{seed}", seed=seed, fractions={"train": 0.6, "validate": 0.2, "test": 0.2}, case_ids=ids
        )
    assert latest_split(study).name == "s2"


def test_without_a_study_there_are_no_rows(session: Any) -> None:
    session.close()
    assert case_rows(session, [load_task("gland")]) == []
