from __future__ import annotations

import hashlib
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from QualityFinetuneLib.study.records import Adjudication, Annotation, Case, Reading
from QualityFinetuneLib.study.study import Study


@pytest.fixture
def whole(
    study: Study,
    new_case: Callable[..., Case],
    new_reading: Callable[..., Reading],
    new_annotation: Callable[..., Annotation],
) -> Study:
    """A study with one of everything, and nothing wrong."""
    case = new_case(study, "A")
    new_reading(study, case)
    new_reading(study, case)
    new_annotation(study, case)
    run = study.runs.create("finetune", "x", {}, 0)
    (run.folder / "model.safetensors").write_bytes(b"weights")
    (run.folder / "model.yaml").write_text("a: 1", encoding="utf-8")
    sha256 = hashlib.sha256(b"weights").hexdigest()
    study.models.add(name="m", card="c", folder=run.folder, sha256=sha256, run_id=run.id)
    assert study.verify() == []
    return study


def _tamper(study: Study, *statements: str) -> None:
    """Change the database behind the study's back, as a program that drops the triggers could."""
    with closing(sqlite3.connect(study.paths.database)) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def _found(study: Study) -> list[tuple[str, str]]:
    return [(problem.kind, problem.record) for problem in study.verify()]


def test_a_missing_file_is_found(whole: Study) -> None:
    (whole.paths.cases / "A" / "t2w.nrrd").unlink()
    (problem,) = whole.verify()
    assert (problem.kind, problem.record) == ("missing", "series 1")
    assert problem.what == "cases/A/t2w.nrrd is missing."


def test_a_changed_mask_is_found(whole: Study) -> None:
    mask = whole.annotations.get(1).path
    mask.write_bytes(mask.read_bytes()[:-1])
    assert _found(whole) == [("changed", "annotation 1")]


def test_a_file_without_a_record_is_found_and_an_interrupted_write_is_named(whole: Study) -> None:
    (whole.paths.annotations / "A" / "gland-9.nrrd").touch()
    (whole.paths.cases / "A" / ".t2w-x7.nrrd").touch()
    assert [(problem.kind, problem.what) for problem in whole.verify()] == [
        ("orphan", "cases/A/.t2w-x7.nrrd is left from an interrupted write."),
        ("orphan", "annotations/A/gland-9.nrrd belongs to no record."),
    ]


def test_the_reservation_of_a_mask_in_work_is_no_problem(whole: Study) -> None:
    whole.paths.new_annotation(whole.cases.get(1), "gland")
    assert whole.verify() == []


def test_a_run_or_model_without_its_folder_is_found(whole: Study) -> None:
    shutil.rmtree(whole.paths.run(1))
    assert _found(whole) == [("missing", "model 1"), ("missing", "run 1")]


def test_other_weights_are_found(whole: Study) -> None:
    (whole.paths.run(1) / "model.safetensors").write_bytes(b"other")
    assert _found(whole) == [("changed", "model 1")]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE readings SET exam_score = 3 WHERE id = 2",
        "UPDATE readings SET active_s = 1 WHERE id = 2",
        "UPDATE readings SET started = '2020-01-01 00:00:00.000000' WHERE id = 2",
        "UPDATE readings SET supersedes = NULL WHERE id = 2",
        "UPDATE readings SET values_ = '{}' WHERE id = 2",
    ],
)
def test_a_reading_changed_by_force_is_found(whole: Study, statement: str) -> None:
    _tamper(whole, statement.replace("values_", '"values"'))
    assert _found(whole) == [("changed", "reading 2")]


def test_a_reading_given_to_another_reader_is_found(whole: Study) -> None:
    assert whole.readers.ensure("Reader B").id == 2
    _tamper(whole, "UPDATE readings SET reader_id = 2 WHERE id = 2")
    assert _found(whole) == [("changed", "reading 2")]


def test_a_reading_deleted_by_force_breaks_the_chain(whole: Study) -> None:
    _tamper(whole, "DELETE FROM readings WHERE id = 1")
    assert _found(whole) == [("database", "readings 2"), ("changed", "reading 2")]


def test_a_damaged_database_is_found(whole: Study) -> None:
    _tamper(whole, "PRAGMA writable_schema = ON", "DELETE FROM sqlite_master WHERE name = 'ix_series_case_id'")
    with Study.open(whole.folder) as opened:
        assert {problem.kind for problem in opened.verify()} == {"database"}


def test_a_path_that_was_made_to_lead_out_is_refused(whole: Study, tmp_path: Path) -> None:
    _tamper(whole, "UPDATE series SET path = '../../secret'")
    with pytest.raises(Exception, match="leads out"):
        whole.verify()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE adjudications SET exam_score = 1",
        "UPDATE adjudications SET note = 'x' WHERE id = 1",
        "DELETE FROM adjudicated_readings WHERE reading_id = 1",
        "UPDATE adjudications SET reader_id = 1",
    ],
)
def test_an_adjudication_changed_by_force_is_found(
    study: Study,
    new_case: Callable[..., Case],
    new_reading: Callable[..., Reading],
    new_adjudication: Callable[..., Adjudication],
    statement: str,
) -> None:
    case = new_case(study, "A")
    readings = [new_reading(study, case, reader=name) for name in ("Reader A", "Reader B")]
    new_adjudication(study, *readings)
    assert study.verify() == []
    _tamper(study, statement)
    assert _found(study) == [("changed", "adjudication 1")]
