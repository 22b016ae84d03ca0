from __future__ import annotations

from pathlib import Path
from typing import Any

from QualityFinetuneLib.study.records import NewReading
from QualityFinetuneLib.study.study import Study


def test_every_reading_with_its_own_labels(run: Any, study: Path) -> None:
    document = run("quality", "readings", "1", "--study", study, "--json").document
    (reading,) = document["readings"]
    assert not reading["superseded"] and reading["problem"] is None
    answers = {one["id"]: one for one in reading["answers"]}
    assert set(reading["values"]) <= set(answers)
    assert answers["t2w_visual"]["score"]
    assert answers["t2w_snr"]["label"] in run("quality", "readings", "1", "--study", study).out


def test_a_form_that_is_gone_hides_no_answer(run: Any, study: Path) -> None:
    with Study.open(study) as opened:
        (old,) = opened.readings.history(1)
        kept = {name: getattr(old, name) for name in ("case_id", "reader_id", "form", "protocol", "values")}
        kept |= {name: getattr(old, name) for name in ("exam_score", "started", "finished", "active_s")}
        opened.readings.add(NewReading(**kept, form_version="77.0"))
    ran = run("quality", "readings", "1", "--study", study, "--json")
    superseded, reading = ran.document["readings"]
    assert superseded["superseded"] and superseded["answers"]
    assert reading["answers"] is None and reading["values"] and reading["problem"]["code"] == "not_found"
    assert "Note" in ran.err


def test_a_case_without_a_reading_says_so(run: Any, study: Path, tmp_path: Path, cohort: Path) -> None:
    run("study", "create", tmp_path / "fresh", "--name", "Fresh")
    run("study", "import", cohort / "Simulated-0001", "--study", tmp_path / "fresh")
    assert "Nobody has read" in run("quality", "readings", "1", "--study", tmp_path / "fresh").out
