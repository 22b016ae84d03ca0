"""Answers about whole exams are kept for good, in order of trust, and cannot be changed unseen."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.study.export import export_tables
from QualityFinetuneLib.study.records import Answer, Case, NewAnswer
from QualityFinetuneLib.study.study import Study


@pytest.fixture
def case(study: Study, new_case: Callable[..., Case]) -> Case:
    return new_case(study, "A")


@pytest.fixture
def give(study: Study, case: Case) -> Callable[..., Answer]:
    """Add an imported PI-RADS of the case."""

    def add(grade: float | None, **changes: Any) -> Answer:
        fields: dict[str, Any] = {
            "case_id": case.id,
            "task": "pi_rads",
            "origin": "imported",
            "status": "accepted",
            "source": "labels.csv",
            "values": {"grade": grade},
        }
        return study.answers.add(NewAnswer(**(fields | changes)))

    return add


def test_an_answer_comes_back_as_it_was_given(study: Study, give: Callable[..., Answer]) -> None:
    run = study.runs.create("predict", "t", {}, 0)
    given = give(4.0, origin="model", status="draft", run_id=run.id, probabilities={"4": 0.7, "5": 0.3})
    with Study.open(study.folder) as again:
        assert again.answers.get(given.id) == given
        assert again.answers.all() == again.answers.of_run(run.id) == [given]
    assert given.values == {"grade": 4.0}
    assert given.probabilities == {"4": 0.7, "5": 0.3}
    assert len(given.sha256) == 64


def test_a_newer_import_supersedes_the_last(study: Study, case: Case, give: Callable[..., Answer]) -> None:
    first, second = give(3.0), give(4.0)
    assert second.supersedes == first.id
    assert study.answers.current(case.id, "pi_rads") == second
    assert study.answers.history(case.id, "pi_rads") == [first, second]
    assert give(2.0, task="isup").supersedes is None


def test_a_reader_counts_more_than_an_import_and_a_draft_least(
    study: Study, case: Case, give: Callable[..., Answer]
) -> None:
    reader = study.readers.ensure("Reader A").id
    run = study.runs.create("predict", "t", {}, 0)
    draft = give(2.0, origin="model", status="draft", run_id=run.id)
    assert study.answers.current(case.id, "pi_rads") == draft
    assert study.answers.trainable("pi_rads") == {}
    imported = give(3.0)
    assert study.answers.trainable("pi_rads") == {case.id: imported}
    own = give(5.0, origin="reader", reader_id=reader)
    newer_import = give(4.0)
    assert newer_import.supersedes == imported.id
    assert study.answers.all_current("pi_rads") == {case.id: own}
    other = give(4.0, origin="reader", reader_id=study.readers.ensure("Reader B").id)
    assert other.supersedes is None
    assert give(3.0, origin="reader", reader_id=reader).supersedes == own.id


def test_what_was_rejected_no_longer_stands(study: Study, case: Case, give: Callable[..., Answer]) -> None:
    imported = give(3.0)
    give(3.0, status="rejected", supersedes=imported.id)
    assert study.answers.current(case.id, "pi_rads") is None


@pytest.mark.parametrize(
    ("changes", "code", "why"),
    [
        ({"case_id": 99}, ErrorCode.NOT_FOUND, "never added"),
        ({"reader_id": 99}, ErrorCode.NOT_FOUND, "never added"),
        ({"run_id": 99}, ErrorCode.NOT_FOUND, "never added"),
        ({"supersedes": 99}, ErrorCode.NOT_FOUND, "never added"),
        ({"origin": "reader"}, ErrorCode.BAD_VALUES, "names no reader"),
        ({"values": {"grade": None}}, ErrorCode.BAD_VALUES, "Nothing is answered"),
        ({"values": {"grade": float("nan")}}, ErrorCode.BAD_VALUES, "not a number"),
    ],
)
def test_what_contradicts_is_refused_and_leaves_nothing(
    study: Study, give: Callable[..., Answer], changes: dict[str, Any], code: ErrorCode, why: str
) -> None:
    with pytest.raises(UserError) as caught:
        give(3.0, **changes)
    assert caught.value.code is code
    assert why in caught.value.why
    assert study.answers.all() == []


def test_an_answer_of_another_task_or_changed_meanwhile_is_not_superseded(
    study: Study, give: Callable[..., Answer]
) -> None:
    first = give(3.0)
    with pytest.raises(UserError, match="another case or task"):
        give(3.0, task="isup", supersedes=first.id)
    give(4.0)
    with pytest.raises(UserError, match="meanwhile"):
        give(5.0, supersedes=first.id)
    with pytest.raises(UserError, match="no answer 77"):
        study.answers.get(77)


def test_several_are_added_together_or_not_at_all(study: Study, case: Case) -> None:
    def new(case_id: int) -> NewAnswer:
        return NewAnswer(case_id=case_id, task="isup", origin="imported", status="accepted", values={"grade": 1.0})

    with pytest.raises(UserError):
        study.answers.add_all([new(case.id), new(99)])
    assert study.answers.all() == []
    assert len(study.answers.add_all([new(case.id)])) == 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE answers SET task = 'isup'",
        "DELETE FROM answers",
        "INSERT OR REPLACE INTO answers SELECT * FROM answers",
    ],
)
def test_the_database_refuses_changes(study: Study, give: Callable[..., Answer], change: str) -> None:
    kept = give(3.0)
    refused = pytest.raises(sqlite3.IntegrityError, match="append-only")
    with closing(sqlite3.connect(study.paths.database)) as connection, refused:
        connection.execute(change)
    assert study.answers.all() == [kept]


def test_verification_finds_an_answer_that_was_changed_all_the_same(
    study: Study, give: Callable[..., Answer]
) -> None:
    give(3.0)
    give(4.0)
    assert study.verify() == []
    with closing(sqlite3.connect(study.paths.database)) as connection:
        connection.execute("DROP TRIGGER answers_no_update")
        connection.execute('UPDATE answers SET "values" = \'{"grade": 5.0}\' WHERE id = 1')
        connection.commit()
    (problem,) = study.verify()
    assert (problem.kind, problem.record) == ("changed", "answer 1")


def test_answers_are_exported_without_identity(study: Study, give: Callable[..., Answer], tmp_path: Path) -> None:
    give(3.0, source="patient of A.csv")
    give(4.0, source="second.csv")
    export_tables(study, tmp_path)
    with (tmp_path / "answers.csv").open(encoding="utf-8", newline="") as file:
        first, second = list(csv.DictReader(file))
    assert (first["case"], first["task"], first["answer.grade"]) == ("Case 0001", "pi_rads", "3.0")
    assert (first["superseded"], second["superseded"]) == ("true", "false")
    assert "patient of" not in first["source"]
