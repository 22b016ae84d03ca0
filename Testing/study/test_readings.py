from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.version import __version__
from QualityFinetuneLib.study.records import Case, NewReading, Reading
from QualityFinetuneLib.study.study import Study

AddCase = Callable[..., Case]
AddReading = Callable[..., Reading]


def test_a_reading_keeps_what_the_reader_gave(study: Study, new_case: AddCase, new_reading: AddReading) -> None:
    case = new_case(study, "A")
    saved = new_reading(study, case, technical={"scores": {"t2w": 1}}, visual={"scores": {"t2w": 3}})
    assert study.readings.get(saved.id) == saved
    assert saved.values == {"t2w_snr": True, "t2w_artefacts": False, "t2w_planes": None}
    assert (saved.exam_score, saved.scores) == (2, {"t2w": 3, "exam": 2})
    assert (saved.technical, saved.visual) == ({"scores": {"t2w": 1}}, {"scores": {"t2w": 3}})
    assert (saved.active_s, saved.software_version, saved.supersedes) == (450.5, __version__, None)
    assert saved.started == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    assert saved.finished - saved.started == timedelta(minutes=10)


def test_a_newer_reading_supersedes_the_same_readers_last_one(
    study: Study, new_case: AddCase, new_reading: AddReading
) -> None:
    case = new_case(study, "A")
    first = new_reading(study, case, score=1)
    second = new_reading(study, case, score=2)
    third = new_reading(study, case, score=3)
    assert (first.supersedes, second.supersedes, third.supersedes) == (None, first.id, second.id)
    assert study.readings.latest(case.id) == third
    assert study.readings.history(case.id) == study.readings.all() == [first, second, third]
    assert study.readings.all_latest() == [third]


def test_readers_forms_and_cases_do_not_supersede_each_other(
    study: Study, new_case: AddCase, new_reading: AddReading
) -> None:
    a, b = new_case(study, "A"), new_case(study, "B")
    readings = [
        new_reading(study, a, reader="Reader A"),
        new_reading(study, b, reader="Reader A"),
        new_reading(study, a, reader="Reader B"),
        new_reading(study, a, reader="Reader A", form="pi-qual-v1"),
    ]
    assert all(reading.supersedes is None for reading in readings)
    assert {reading.id for reading in study.readings.all_latest()} == {reading.id for reading in readings}
    assert study.readings.latest(a.id, readings[2].reader_id) == readings[2]
    assert study.readings.latest(a.id) == readings[3]


def test_a_repeat_is_a_chain_of_its_own_and_counts_nowhere_else(
    study: Study, new_case: AddCase, new_reading: AddReading
) -> None:
    case = new_case(study, "A")
    first = new_reading(study, case, score=3)
    again = new_reading(study, case, score=1, repeat=1)
    corrected = new_reading(study, case, score=2, repeat=1)
    third = new_reading(study, case, score=1, repeat=2)
    assert (first.repeat, again.repeat, third.repeat) == (0, 1, 2)
    assert (again.supersedes, corrected.supersedes, third.supersedes) == (None, again.id, None)
    assert study.readings.latest(case.id) == study.readings.latest(case.id, first.reader_id) == first
    assert study.readings.all_latest() == [first]
    assert study.readings.all_latest(repeats=True) == [first, corrected, third]
    assert study.readings.history(case.id) == study.readings.all() == [first, again, corrected, third]
    assert study.verify() == []


def test_only_what_was_read_can_be_repeated(study: Study, new_case: AddCase, new_reading: AddReading) -> None:
    case = new_case(study, "A")
    new_reading(study, case, reader="Reader B")
    for refused in (1, 2):
        with pytest.raises(UserError) as told:
            new_reading(study, case, repeat=refused)
        assert told.value.code is ErrorCode.BAD_READING
    with pytest.raises(ValueError, match="counted from 0"):
        new_reading(study, case, repeat=-1)
    with pytest.raises(DBAPIError, match="ck_readings_repeat"), study.database.engine.begin() as connection:
        names = [row[1] for row in connection.exec_driver_sql("PRAGMA table_info(readings)")]
        values = {"id": "99", "repeat": "-1"}
        picked = ", ".join(values.get(name, f'"{name}"') for name in names)
        connection.exec_driver_sql(f"INSERT INTO readings SELECT {picked} FROM readings")  # noqa: S608


def test_a_case_without_readings_has_no_latest_one(study: Study, new_case: AddCase) -> None:
    assert study.readings.latest(new_case(study, "A").id) is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE readings SET exam_score = 3",
        "UPDATE readings SET sha256 = ''",
        "DELETE FROM readings",
        "DELETE FROM readings WHERE id = 1",
        "INSERT OR REPLACE INTO readings SELECT * FROM readings WHERE id = 1",
        "REPLACE INTO readings SELECT * FROM readings WHERE id = 2",
        "UPDATE OR REPLACE readings SET id = 2 WHERE id = 1",
    ],
)
def test_the_database_itself_refuses_to_change_a_reading(
    study: Study, new_case: AddCase, new_reading: AddReading, statement: str
) -> None:
    case = new_case(study, "A")
    kept = [new_reading(study, case), new_reading(study, case)]
    with pytest.raises(DBAPIError, match="append-only"), study.database.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert study.readings.all() == kept


def test_a_replace_cannot_push_out_the_reading_that_supersedes(
    study: Study, new_case: AddCase, new_reading: AddReading
) -> None:
    case = new_case(study, "A")
    kept = [new_reading(study, case), new_reading(study, case)]
    with pytest.raises(DBAPIError, match="append-only"), study.database.engine.begin() as connection:
        names = [row[1] for row in connection.exec_driver_sql("PRAGMA table_info(readings)") if row[1] != "id"]
        columns = ", ".join(f'"{name}"' for name in names)
        copy = f"INSERT OR REPLACE INTO readings ({columns}) SELECT {columns} FROM readings WHERE id = 2"  # noqa: S608
        connection.exec_driver_sql(copy)
    assert study.readings.all() == kept


def test_a_rated_case_cannot_be_deleted(study: Study, new_case: AddCase, new_reading: AddReading) -> None:
    new_reading(study, new_case(study, "A"))
    with pytest.raises(DBAPIError, match="FOREIGN KEY"), study.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM series")
        connection.exec_driver_sql("DELETE FROM cases")


@pytest.mark.parametrize(
    "change",
    [
        {"finished": datetime(2026, 3, 2, 8, 29, 59, tzinfo=UTC)},
        {"active_s": -0.1},
        {"active_s": math.nan},
        {"active_s": math.inf},
    ],
)
def test_impossible_times_are_refused(
    study: Study, new_case: AddCase, new_reading: AddReading, change: dict[str, Any]
) -> None:
    with pytest.raises(UserError) as told:
        new_reading(study, new_case(study, "A"), **change)
    assert told.value.code is ErrorCode.BAD_READING
    assert study.readings.all() == []


def test_a_time_without_a_zone_is_a_mistake_of_the_program(
    study: Study, new_case: AddCase, new_reading: AddReading
) -> None:
    with pytest.raises(ValueError, match="time zone"):
        new_reading(study, new_case(study, "A"), started=datetime(2026, 3, 2, 8, 30))


@pytest.mark.parametrize("unknown", ["case_id", "reader_id"])
def test_an_unknown_case_or_reader_is_told(
    study: Study, new_case: AddCase, new_reading: AddReading, unknown: str
) -> None:
    with pytest.raises(UserError) as told:
        new_reading(study, new_case(study, "A"), **{unknown: 99})
    assert told.value.code is ErrorCode.NOT_FOUND
    with pytest.raises(UserError):
        study.readings.get(99)


def test_a_protocol_that_does_not_exist_is_refused_by_the_database(
    study: Study, new_case: AddCase, new_reading: AddReading
) -> None:
    with pytest.raises(DBAPIError, match="ck_readings_protocol"):
        new_reading(study, new_case(study, "A"), protocol="tripmri")


def test_defaults_leave_the_parts_empty(study: Study, new_case: AddCase) -> None:
    now = datetime.now(UTC)
    reading = study.readings.add(
        NewReading(
            case_id=new_case(study, "A").id, reader_id=study.readers.ensure("A").id, form="f", form_version="1",
            protocol="mpmri", values={}, exam_score=None, started=now, finished=now, active_s=0,
        )
    )  # fmt: skip
    assert (reading.scores, reading.technical, reading.visual, reading.exam_score) == ({}, {}, {}, None)
