from __future__ import annotations

import csv
from pathlib import Path
from typing import Any


def test_the_cases_of_a_study_as_json_and_csv(run: Any, study: Path, tmp_path: Path) -> None:
    table = tmp_path / "measures.csv"
    ran = run(
        "quality", "measure", "--study", study, "--case", 1, "--only", "snr_local", "--only", "gland_adc",
        "--csv", table, "--json",
    )  # fmt: skip
    measured = {one["role"]: one for one in ran.document["measures"]}
    assert measured["t2w"]["values"]["snr_local"]["value"] > 0
    missing = measured["t2w"]["values"]["gland_adc"]
    assert missing["value"] is None and missing["why"]
    assert measured["adc"]["values"]["gland_adc"]["value"] is not None
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * len(measured)
    assert {row["role"] for row in rows} == set(measured)


def test_one_file_with_a_mask(run: Any, cohort: Path) -> None:
    folder = cohort / "Simulated-0001"
    common = ["quality", "measure", folder / "t2w.nrrd", "--only", "gland_sharpness"]
    without = run(*common, "--json").document["measures"][0]["values"]["gland_sharpness"]
    assert without["value"] is None
    text = run(*common, "--gland", folder / "gland.nrrd").out
    assert "gland_sharpness" in text and "higher" in text and "No gland mask" not in text


def test_a_mask_for_several_exams_is_refused(run: Any, cohort: Path) -> None:
    ran = run("quality", "measure", cohort, "--gland", cohort / "Simulated-0001" / "gland.nrrd", "--json")
    assert ran.code == 1 and ran.document["error"]["code"] == "bad_config"


def test_nothing_to_measure_is_an_error(run: Any, study: Path) -> None:
    ran = run("quality", "measure", "--study", study, "--role", "dce", "--json")
    assert ran.code == 1 and ran.document["error"]["code"] == "missing_series"


def test_a_series_that_cannot_be_read_is_noted(run: Any, study: Path) -> None:
    (series,) = (study / "cases").glob("*0001*/adc.nrrd")
    series.write_bytes(b"NRRD0004\n")
    ran = run("quality", "measure", "--study", study, "--case", 1, "--only", "snr_local", "--json")
    assert ran.code == 0 and "Note" in ran.err
    assert [one["role"] for one in ran.document["measures"] if one["failed"]] == ["adc"]


def test_the_measures_are_explained(run: Any, tmp_path: Path) -> None:
    found = run("quality", "measure", "--explain", "--json").document["measures"]
    assert all(one["formula"] and one["source"] for one in found)
