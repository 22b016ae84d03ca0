"""`report` writes one file where it is told to."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_the_report_lies_in_exports_unless_told_otherwise(run: Any, study: Path) -> None:
    ran = run("report", "--study", study, "--json")
    assert ran.code == 0
    assert Path(ran.document["report"]) == study / "exports" / "report.html"
    assert "Simulated-0001" not in (study / "exports" / "report.html").read_text(encoding="utf-8")


def test_unblinded_shows_names(run: Any, study: Path, tmp_path: Path) -> None:
    assert run("report", "--unblinded", "--out", tmp_path / "r.html", "--study", study).code == 0
    assert "Simulated-0001" in (tmp_path / "r.html").read_text(encoding="utf-8")
