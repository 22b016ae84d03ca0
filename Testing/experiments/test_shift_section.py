"""The training set against the other cases, as a report tells it."""

from __future__ import annotations

from pathlib import Path

import pytest

from QualityFinetuneLib.experiments.report import write_report
from QualityFinetuneLib.experiments.shift_section import shift_section
from QualityFinetuneLib.study.study import Study


def test_without_a_finetune_it_says_why(tmp_path: Path) -> None:
    with Study.create(tmp_path / "s", name="Empty") as study:
        section = shift_section(study)
    assert section.shift is None and "Nothing has been finetuned" in section.why_none


def test_the_newest_run_is_held_against_the_rest(finished: Study) -> None:
    section = shift_section(finished)
    assert section.shift is not None and section.run_id == 1
    first, second = section.shift.scores.first, section.shift.scores.second
    assert first.rated + first.unrated + second.rated + second.unrated == 6
    assert section.shift.second == "other cases"


def test_a_run_on_every_case_leaves_nothing_to_compare(finished: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    from QualityFinetuneLib.experiments import shift_section as module
    from QualityFinetuneLib.workflow.distribution import SplitOfCases

    monkeypatch.setattr(module, "trained_on", lambda *_: SplitOfCases(first=(1, 2), second=()))
    assert "every case" in shift_section(finished).why_none


def test_the_report_warns_in_plain_words(finished: Study, tmp_path: Path) -> None:
    write_report(finished, tmp_path / "r.html", pictures={})
    html = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "Trained on, against the other cases" in html
    assert "rate at least" in html, "five rated cases are too few to call a difference clear"
    assert "No difference in quality" not in html
    assert "Scores of the training set and of the other cases" in html
