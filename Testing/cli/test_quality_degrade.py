from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def test_a_case_degraded_and_imported_again(run: Any, study: Path, tmp_path: Path) -> None:
    out = tmp_path / "degraded"
    common = ["quality", "degrade", "--study", study, "--case", 1, "--kind", "noise", "--severity", 0.5, "--out", out]
    document = run(*common, "--json").document
    (written,) = document["written"]
    assert Path(written["folder"]).name.startswith("Simulated ")
    assert (Path(written["folder"]) / "simulated.yaml").is_file()
    assert document["recipe"]["steps"][0]["severity"] == 0.5
    imported = run("study", "import", out, "--study", study, "--json").document
    assert len(imported["added"]) == 1
    again = run(*common, "--json")
    assert again.code == 1 and again.document["error"]["code"] == "conflict"


def test_what_fails_is_left_out_and_told(run: Any, cohort: Path, tmp_path: Path) -> None:
    common = ["quality", "degrade", "--kind", "zipper", "--severity", 0.1, "--out", tmp_path / "out", "--json"]
    assert run(*common, cohort / "Simulated-0001").code == 0
    ran = run(*common, cohort / "Simulated-0001", cohort / "Simulated-0002")
    assert [one["case"] for one in ran.document["written"]] == ["Simulated-0002"]
    assert [one["code"] for one in ran.document["left_out"]] == ["conflict"]
    ran = run(*common, cohort / "Simulated-0001", cohort / "Simulated-0002")
    assert ran.code == 1 and ran.document["error"]["code"] == "not_an_exam"


def test_recipes_and_kinds_are_listed(run: Any) -> None:
    document = run("quality", "degrade", "--list", "--json").document
    assert {"mild", "moderate", "severe"} <= {one["name"] for one in document["recipes"]}
    assert {one["kind"]: one["family"] for one in document["kinds"]}["ghosting"] == "motion"
    assert "k-space" in run("quality", "degrade", "--list").out


@pytest.mark.parametrize("missing", [["--recipe", "mild"], ["--out", "somewhere"]])
def test_what_is_missing_is_named(run: Any, study: Path, missing: list[str]) -> None:
    ran = run("quality", "degrade", "--study", study, *missing, "--json")
    assert ran.code == 1 and ran.document["error"]["code"] == "bad_config"
