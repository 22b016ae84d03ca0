from __future__ import annotations

from pathlib import Path
from typing import Any

from QualityFinetuneLib.quality.structured_report.reading import read_report
from QualityFinetuneLib.study.study import Study


def test_a_report_for_each_reading(run: Any, study: Path, tmp_path: Path) -> None:
    document = run("quality", "export-sr", tmp_path / "out", "--study", study, "--json").document
    assert len(document["reports"]) == 6
    with Study.open(study) as opened:
        scores = {reading.sha256: reading.exam_score for reading in opened.readings.all()}
    for one in document["reports"]:
        content = read_report(Path(one["path"]))
        assert content.scores["exam"] == scores[content.sha256]
        assert one["images"] == 0


def test_it_goes_into_the_study_when_no_folder_is_named(run: Any, study: Path) -> None:
    ran = run("quality", "export-sr", "--study", study)
    assert "6 reports" in ran.out
    assert len(list((study / "exports" / "reports").rglob("*.dcm"))) == 6


def test_reports_that_refer_to_no_image_say_why(run: Any, study: Path, tmp_path: Path) -> None:
    (tmp_path / "originals").mkdir()
    asked = ["quality", "export-sr", tmp_path / "out", "--study", study, "--dicom", tmp_path / "originals"]
    assert "--unblinded" in run(*asked).err
    assert "not imported from DICOM" in run(*asked, "--unblinded").err
