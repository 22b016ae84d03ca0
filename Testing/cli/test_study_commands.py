"""`study`: create, import, list, export, verify."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from QualityFinetuneLib.study.study import Study


def test_create_then_import_then_list(run: Any, cohort: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pilot"
    made = run("study", "create", folder, "--name", "Pilot", "--threshold", "3", "--json")
    assert made.code == 0
    assert made.document["settings"]["quality_rule"]["threshold"] == 3
    imported = run("study", "import", cohort, "--study", folder, "--json")
    assert imported.code == 0
    assert len(imported.document["added"]) == 6
    assert imported.document["masks"] == 18
    listed = run("study", "list", "--study", folder, "--json").document
    assert [case["name"] for case in listed["cases"]] == [f"Case {n:04d} (simulated)" for n in range(1, 7)]
    assert listed["cases"][0]["series"] == ["t2w", "hbv", "adc"]
    assert listed["cases"][0]["quality"] is None
    again = run("study", "import", cohort, "--study", folder)
    assert again.code == 0
    assert "Imported 0 exams" in again.out
    assert "already" in again.err


def test_create_refuses_a_folder_with_a_study(run: Any, study: Path) -> None:
    ran = run("study", "create", study)
    assert ran.code == 1
    assert "already" in ran.err


def test_a_threshold_that_cannot_split_is_refused_and_nothing_is_made(run: Any, tmp_path: Path) -> None:
    ran = run("study", "create", tmp_path / "x", "--threshold", "9", "--json")
    assert ran.code == 1
    assert ran.document["error"]["code"] == "bad_config"
    assert not (tmp_path / "x").exists()


def test_a_folder_without_exams_fails(run: Any, study: Path, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    ran = run("study", "import", tmp_path / "nothing", "--study", study, "--json")
    assert ran.code == 1
    assert ran.document["error"]["code"] == "not_an_exam", "one document, not two"
    assert run("study", "import", tmp_path / "no-such", "--study", study).code == 1


def test_the_study_may_come_from_the_environment_or_the_present_folder(
    run: Any, study: Path, monkeypatch: Any
) -> None:
    monkeypatch.setenv("QUALITYFINETUNE_STUDY", str(study))
    assert "6 cases" in run("study", "list").out
    monkeypatch.delenv("QUALITYFINETUNE_STUDY")
    monkeypatch.chdir(study)
    assert "not rated" not in run("study", "list").out


def test_runs_are_listed(run: Any, study: Path) -> None:
    with Study.open(study) as opened:
        opened.runs.create(kind="predict", title="A run", config={}, seed=0)
    ran = run("study", "list", "--runs", "--study", study)
    assert "A run" in ran.out
    assert "pending" in ran.out


def test_export_writes_tables_without_identity_and_masks(run: Any, study: Path, tmp_path: Path) -> None:
    ran = run("study", "export", tmp_path / "tables", "--masks", "--study", study, "--json")
    assert ran.code == 0
    files = [Path(path) for path in ran.document["files"]]
    assert {"cases.csv", "readings.csv", "annotations.csv", "runs.csv"} <= {path.name for path in files}
    assert sum(path.suffix == ".nrrd" for path in files) == 18
    for path in files:
        if path.suffix == ".csv":
            assert "Simulated-000" not in path.read_text()


def test_verify_finds_a_changed_file(run: Any, study: Path) -> None:
    assert run("study", "verify", "--study", study).code == 0
    with Study.open(study) as opened:
        opened.annotations.all()[0].path.write_bytes(b"other")
    ran = run("study", "verify", "--study", study, "--json")
    assert ran.code == 1
    assert [problem["kind"] for problem in ran.document["problems"]] == ["changed"]
