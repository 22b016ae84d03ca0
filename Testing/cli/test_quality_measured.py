"""What `quality measure` wrote goes into every export and comparison."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from QualityFinetuneLib.quality.structured_report.reading import read_report
from QualityFinetuneLib.study.study import Study


@pytest.fixture
def table(run: Any, study: Path, tmp_path: Path) -> Path:
    """Noise of the T2w series, measured, with a case of another study in the table."""
    file = tmp_path / "measures.csv"
    assert run("quality", "measure", "--study", study, "--role", "t2w", "--only", "snr", "--csv", file).code == 0
    with file.open("a", encoding="utf-8") as more:
        more.write("Elsewhere,t2w,t2w,,snr,3.5,1,\n")
    return file


def test_measures_go_into_tables_reports_and_comparisons(run: Any, study: Path, table: Path, tmp_path: Path) -> None:
    with table.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["case"] != "Elsewhere"]
    measured = {row["case"]: float(row["value"]) for row in rows if row["value"]}
    assert measured, "some of the six have a value"
    ran = run("study", "export", tmp_path / "tables", "--measures", table, "--study", study)
    assert "Elsewhere" in ran.err
    with (tmp_path / "tables" / "cases.csv").open(encoding="utf-8", newline="") as file:
        found = {row["case"]: row["measure.t2w.snr"] for row in csv.DictReader(file)}
    assert len(found) == 6
    assert {name: float(value) for name, value in found.items() if value} == measured
    reports = run("quality", "export-sr", tmp_path / "sr", "--measures", table, "--study", study, "--json").document
    for one in reports["reports"]:
        number = read_report(Path(one["path"])).measures.get("t2w.snr")
        assert (number.value if number else None) == pytest.approx(measured.get(one["case"]))
    with Study.open(study) as opened:
        used = [{"case_id": number, "part": "train"} for number in (1, 2, 3)]
        run_id = opened.runs.create("finetune", "three", {"cases": used}, 0).id
    asked = ["quality", "distribution", "--run", run_id, "--measures", table, "--study", study, "--json"]
    (snr,) = run(*asked).document["shift"]["measures"]
    assert (snr["name"], sum(snr["n"]), sum(snr["missing"])) == ("t2w.snr", len(measured), 6 - len(measured))
