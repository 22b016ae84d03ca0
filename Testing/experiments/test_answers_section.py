"""Without answers the report has no such part."""

from __future__ import annotations

from pathlib import Path

from QualityFinetuneLib.experiments.answers_section import answers_section
from QualityFinetuneLib.experiments.report import write_report
from QualityFinetuneLib.study.study import Study


def test_a_study_without_answers_says_nothing_of_them(tmp_path: Path) -> None:
    with Study.create(tmp_path / "study", name="Plain") as study:
        assert answers_section(study, names={}, hide=str) == []
        write_report(study, tmp_path / "report.html", pictures={})
    assert "Answers about exams" not in (tmp_path / "report.html").read_text(encoding="utf-8")
