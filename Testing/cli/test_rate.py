"""`rate`: answers in, score and reasons out, one reading kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from QualityFinetuneLib.quality.form import load_form
from QualityFinetuneLib.study.study import Study

ITEMS = [item.id for item in load_form("pi-qual-v2").items("bpmri")]
ALL_YES = [part for item in ITEMS for part in ("--set", f"{item}=yes")]


def test_a_complete_reading_is_saved_with_its_reasons(run: Any, study: Path) -> None:
    ran = run("rate", "Case 0001", "-r", "Reader A", *ALL_YES, "--study", study, "--json")
    assert ran.code == 0
    assert ran.document["exam_score"] == 3
    assert ran.document["saved"]
    assert ran.document["quality"] == "high"
    assert any("both score 4" in reason for reason in ran.document["reasons"])
    with Study.open(study) as opened:
        readers = {reader.name: reader.id for reader in opened.readers.all()}
        reading = opened.readings.latest(1, readers["Reader A"])
        assert reading is not None
        assert reading.exam_score == 3


def test_show_saves_nothing_and_lists_the_items(run: Any, study: Path) -> None:
    ran = run("rate", "1", "-r", "Reader A", "--show", "--study", study)
    assert ran.code == 0
    assert all(item in ran.out for item in ITEMS)
    assert "Exam score: open" in ran.out
    with Study.open(study) as opened:
        assert len(opened.readings.all()) == 6


def test_an_incomplete_reading_is_refused_naming_the_items(run: Any, study: Path) -> None:
    ran = run("rate", "1", "-r", "Reader A", "--set", "t2w_snr=no", "--study", study, "--json")
    assert ran.code == 1
    assert ran.document["error"]["code"] == "bad_reading"
    assert "dwi_snr" in ran.document["error"]["why"]


def test_answers_may_come_from_a_file_and_set_overrules_it(run: Any, study: Path, tmp_path: Path) -> None:
    file = tmp_path / "answers.yaml"
    file.write_text("".join(f"{item}: true\n" for item in ITEMS))
    ran = run("rate", "1", "-r", "A", "--from-yaml", file, "--set", "t2w_snr=0", "--study", study, "--json")
    assert ran.document["exam_score"] == 2
    assert ran.document["values"]["t2w_snr"] is False


@pytest.mark.parametrize("text", ["- a list", "t2w_snr: maybe", "{unclosed", "t2w_snr: [1]"])
def test_a_file_that_holds_no_answers_is_refused(run: Any, study: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    ran = run("rate", "1", "-r", "A", "--from-yaml", tmp_path / "bad.yaml", "--study", study)
    assert ran.code == 1


@pytest.mark.parametrize(
    ("given", "told"), [("t2w_snr", "names no value"), ("t2w_snr=good", "yes, no or"), ("nonsense=yes", "nonsense")]
)
def test_a_wrong_answer_is_told(run: Any, study: Path, given: str, told: str) -> None:
    ran = run("rate", "1", "-r", "A", "--set", given, "--study", study)
    assert ran.code == 1
    assert told in ran.err


def test_an_unknown_case_is_told(run: Any, study: Path) -> None:
    ran = run("rate", "Case 0099", "-r", "A", "--study", study)
    assert ran.code == 1
    assert "study list" in ran.err
