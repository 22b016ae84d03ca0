from __future__ import annotations

from pathlib import Path
from typing import Any


def test_findings_of_a_study_are_those_that_rating_starts_from(run: Any, study: Path) -> None:
    document = run("quality", "technical", "--study", study, "--json").document
    assert document["form"] == "pi-qual-v2" and len(document["cases"]) == 6
    shown = run("rate", "1", "--reader", "Somebody", "--show", "--study", study, "--json").document["values"]
    findings = document["cases"][0]["findings"]
    assert {name: one["passed"] for name, one in findings.items()} == {name: shown.get(name) for name in findings}
    assert {one["result"] for one in findings.values()} <= {"pass", "fail", "unknown"}
    assert document["cases"][0]["recommendations"]


def test_a_folder_of_plain_files_says_what_it_cannot_know(run: Any, cohort: Path) -> None:
    text = run("quality", "technical", cohort / "Simulated-0001").out
    assert "unknown" in text and "Slice thickness" in text and "recommended" in text


def test_multiparametric_exams_are_asked_for_more(run: Any, study: Path) -> None:
    common = ["quality", "technical", "--study", study, "--case", 1, "--json"]
    few = run(*common).document
    more = run(*common, "--mpmri", "--form", "pi-qual-v2").document
    assert (few["protocol"], more["protocol"]) == ("bpmri", "mpmri")
    assert set(few["cases"][0]["findings"]) < set(more["cases"][0]["findings"])
