"""`study answers`: from a table, and what is known."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "labels.csv"
    path.write_text('case,PIRADS\nSimulated-0001,"4,5"\nSimulated-0002,2\nNobody,3\n', encoding="utf-8")
    return path


def test_a_table_becomes_answers_and_each_bad_row_is_told(run, study: Path, table: Path) -> None:
    ran = run(
        "study",
        "answers",
        table,
        "--task",
        "pi_rads",
        "--column",
        "PIRADS",
        "--reduce",
        "max",
        "--study",
        study,
        "--json",
    )
    assert ran.code == 0
    document = ran.document
    assert [(one["case"], one["answer"]) for one in document["added"]] == [(1, "PI-RADS 5"), (2, "PI-RADS 2")]
    assert [message["row"] for message in document["messages"]] == [4]
    assert "Row 4 was left out" in ran.err and "Nobody" in ran.err
    shown = run("study", "answers", "--task", "pi_rads", "--study", study)
    assert "PI-RADS 5" in shown.out and "known of 2 cases" in shown.out


def test_derived_volumes_say_so(run, study: Path) -> None:
    document = run("study", "answers", "--task", "prostate_volume", "--study", study, "--json").document
    assert len(document["known"]) == 6
    assert all("derived from the gland mask" in one["from"] for one in document["known"])


def test_a_table_of_which_nothing_can_be_used_fails(run, study: Path, table: Path) -> None:
    table.write_text("case,PIRADS\nNobody,3\n", encoding="utf-8")
    ran = run("study", "answers", table, "--column", "PIRADS", "--study", study, "--json")
    assert ran.code == 1
    assert ran.document["added"] == []


def test_a_sites_own_question_works_by_its_file(run, study: Path, table: Path, tmp_path: Path) -> None:
    own = tmp_path / "cancer.yaml"
    own.write_text(
        "name: cancer\ntitle: Cancer\nroles: [t2w]\nanswer: classes\n"
        "choices:\n  - {value: 0, name: Benign, also: ['NO']}\n  - {value: 1, name: Cancer, also: ['YES']}\n",
        encoding="utf-8",
    )
    table.write_text("case,csPCa\nSimulated-0001,YES\nSimulated-0002,NO\n", encoding="utf-8")
    ran = run("study", "answers", table, "--task", own, "--column", "csPCa", "--study", study, "--json")
    assert [one["answer"] for one in ran.document["added"]] == ["Cancer", "Benign"]
    again = run("study", "answers", "--task", "cancer", "--study", study, "--json")
    assert len(again.document["known"]) == 2


def test_a_wrong_column_is_told(run, study: Path, table: Path) -> None:
    ran = run("study", "answers", table, "--column", "PI", "--study", study)
    assert ran.code == 1
    assert "Its columns are case, PIRADS" in ran.err
