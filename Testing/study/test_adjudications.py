from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.version import __version__
from QualityFinetuneLib.study.hashes import adjudication_sha256
from QualityFinetuneLib.study.records import Adjudication, Case, NewAdjudication, Reading
from QualityFinetuneLib.study.study import Study

AddCase = Callable[..., Case]
AddReading = Callable[..., Reading]
Adjudicate = Callable[..., Adjudication]
NAMES: dict[str, Any] = {
    "exam": "1.2.3",
    "reader": "C",
    "software_version": "0.1.0",
    "settles_sha256": ["b", "a"],
    "supersedes_sha256": None,
}


@pytest.fixture
def readings(study: Study, new_case: AddCase, new_reading: AddReading) -> list[Reading]:
    """Two readers who disagree about case A."""
    case = new_case(study, "A")
    return [
        new_reading(study, case, reader="Reader A", score=1),
        new_reading(study, case, reader="Reader B", score=3),
    ]


def test_an_adjudication_keeps_what_was_decided(
    study: Study, readings: list[Reading], new_adjudication: Adjudicate
) -> None:
    saved = new_adjudication(study, *reversed(readings))
    assert study.adjudications.get(saved.id) == saved
    assert saved.settles == tuple(sorted(reading.id for reading in readings))
    assert (saved.exam_score, saved.values, saved.scores) == (3, {"t2w_snr": True}, {"t2w": 4, "exam": 3})
    assert (saved.software_version, saved.supersedes, saved.note) == (__version__, None, "Both looked again.")
    assert study.readings.all() == readings  # which stay as they are


def test_a_newer_one_supersedes_the_last_of_that_case_and_form(
    study: Study, readings: list[Reading], new_adjudication: Adjudicate, new_reading: AddReading
) -> None:
    first = new_adjudication(study, *readings)
    second = new_adjudication(study, readings[0], reader="Reader D", score=2)
    other = new_reading(study, study.cases.get(readings[0].case_id), form="pi-qual-v1", score=4)
    elsewhere = new_adjudication(study, other, form="pi-qual-v1", score=4)
    assert (second.supersedes, elsewhere.supersedes) == (first.id, None)
    assert study.adjudications.current(readings[0].case_id, "pi-qual-v2") == second
    assert study.adjudications.current(readings[0].case_id, "none") is None
    assert study.adjudications.all_current() == [second, elsewhere]
    assert study.adjudications.all() == [first, second, elsewhere]


@pytest.mark.parametrize("table", ["adjudications", "adjudicated_readings"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {}", "DELETE FROM {}", "REPLACE INTO {0} SELECT * FROM {0}"])
def test_the_database_itself_refuses_to_change_one(
    study: Study, readings: list[Reading], new_adjudication: Adjudicate, table: str, statement: str
) -> None:
    kept = new_adjudication(study, *readings)
    change = "exam_score = 1" if table == "adjudications" else "reading_id = reading_id"
    with pytest.raises(DBAPIError, match="append-only"), study.database.engine.begin() as connection:
        connection.exec_driver_sql(statement.format(table, change))
    assert study.adjudications.all() == [kept]


def test_it_settles_readings_of_its_own_case_and_form(
    study: Study, readings: list[Reading], new_case: AddCase, new_reading: AddReading, new_adjudication: Adjudicate
) -> None:
    elsewhere = new_reading(study, new_case(study, "B"))
    other_form = new_reading(study, study.cases.get(readings[0].case_id), form="pi-qual-v1")
    for wrong in ([elsewhere.id], [readings[0].id, other_form.id], []):
        with pytest.raises(UserError) as told:
            new_adjudication(study, *readings, settles=wrong)
        assert told.value.code is ErrorCode.BAD_READING
    assert study.adjudications.all() == []


@pytest.mark.parametrize("unknown", [{"case_id": 99}, {"reader_id": 99}, {"settles": [99]}])
def test_unknown_records_are_told(
    study: Study, readings: list[Reading], new_adjudication: Adjudicate, unknown: dict[str, Any]
) -> None:
    with pytest.raises(UserError) as told:
        new_adjudication(study, *readings, **unknown)
    assert told.value.code is ErrorCode.NOT_FOUND
    with pytest.raises(UserError):
        study.adjudications.get(99)


def test_a_time_without_a_zone_is_a_mistake_of_the_program(
    study: Study, readings: list[Reading], new_adjudication: Adjudicate
) -> None:
    with pytest.raises(ValueError, match="time zone"):
        new_adjudication(study, *readings, decided=datetime(2026, 3, 2))


def test_every_part_of_the_content_is_in_the_hash(
    study: Study, readings: list[Reading], new_adjudication: Adjudicate
) -> None:
    saved = new_adjudication(study, *readings)
    changes: dict[str, Any] = {
        "form": "x", "form_version": "2", "protocol": "mpmri", "values": {}, "exam_score": 1, "scores": {},
        "note": "", "decided": saved.decided + timedelta(seconds=1),
    }  # fmt: skip
    by_id = {"case_id", "reader_id", "settles"}  # named by exam, name and hash: ids differ between copies
    assert {field.name for field in fields(NewAdjudication)} == set(changes) | by_id
    original = adjudication_sha256(saved, **NAMES)
    for name, value in changes.items():
        assert adjudication_sha256(replace(saved, **{name: value}), **NAMES) != original
    for name in NAMES:
        assert adjudication_sha256(saved, **(NAMES | {name: "other"})) != original
    assert adjudication_sha256(saved, **(NAMES | {"settles_sha256": ["a", "b"]})) == original


def test_chains_survive_many_cases(
    study: Study, new_case: AddCase, new_reading: AddReading, new_adjudication: Adjudicate
) -> None:
    for name in "AB":
        reading = new_reading(study, new_case(study, name))
        new_adjudication(study, reading)
        new_adjudication(study, reading)
    assert [(one.id, one.supersedes) for one in study.adjudications.all()] == [(1, None), (2, 1), (3, None), (4, 3)]
    assert study.verify() == []
