"""The same promises on a PostgreSQL server that several stations share; skipped where there is no server."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from QualityFinetuneLib.cases.roles import Role
from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.common.yaml_config import load_yaml
from QualityFinetuneLib.study.export import export_tables
from QualityFinetuneLib.study.records import Adjudication, Annotation, Case, NewSeries, Reading
from QualityFinetuneLib.study.settings import StudyFile
from QualityFinetuneLib.study.study import Study

AddCase = Callable[..., Case]
AddReading = Callable[..., Reading]


@pytest.fixture
def shared(postgresql_study: Study) -> Study:
    return postgresql_study


def test_the_whole_study_works_on_a_server(
    shared: Study,
    new_case: AddCase,
    new_reading: AddReading,
    new_annotation: Callable[..., Annotation],
    tmp_path: Path,
) -> None:
    cases = [new_case(shared, name, roles=(Role.T2W, Role.DWI)) for name in "ABC"]
    first, second = new_reading(shared, cases[0], active_s=0.1 + 0.2), new_reading(shared, cases[0])
    run = shared.runs.create("predict", "x", {"a": [1]}, 2**40)
    shared.runs.start(run.id, {})
    shared.runs.finish(run.id, "done", {"dice": 0.5})
    mask = new_annotation(shared, cases[0], run_id=run.id, changes=None)
    split = shared.splits.create("main", seed=2**40, fractions=(0.4, 0.3, 0.3), case_ids=[case.id for case in cases])
    with Study.open(shared.folder) as opened:
        assert opened.cases.all() == cases
        assert opened.readings.history(cases[0].id) == [first, second]
        assert second.supersedes == first.id
        assert opened.annotations.current(cases[0].id, "gland") == mask
        assert opened.splits.get("main") == split
        assert opened.runs.get(run.id).seed == 2**40
        assert opened.verify() == []
        rows = {
            file.stem: len(file.read_text(encoding="utf-8").splitlines()) - 1
            for file in export_tables(opened, tmp_path)
        }
        assert rows == {
            "cases": 3,
            "series": 6,
            "readings": 2,
            "annotations": 1,
            "runs": 1,
            "adjudications": 0,
            "answers": 0,
        }


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE readings SET exam_score = 3",
        "DELETE FROM readings",
        "TRUNCATE readings CASCADE",
        "INSERT INTO readings SELECT * FROM readings ON CONFLICT (id) DO UPDATE SET exam_score = 3",
        "TRUNCATE cases CASCADE",
    ],
)
def test_the_server_itself_refuses_to_change_a_reading(
    shared: Study, new_case: AddCase, new_reading: AddReading, statement: str
) -> None:
    kept = new_reading(shared, new_case(shared, "A"))
    with pytest.raises(DBAPIError, match="append-only"), shared.database.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert shared.readings.all() == [kept]


def test_readings_of_one_reader_from_many_stations_form_one_chain(
    shared: Study, new_case: AddCase, new_reading: AddReading
) -> None:
    case = new_case(shared, "A")
    shared.readers.ensure("Reader A")
    with ThreadPoolExecutor(4) as stations:
        list(stations.map(lambda score: new_reading(shared, case, score=score), [1, 2, 3] * 4))
    readings = shared.readings.all()
    assert [reading.supersedes for reading in readings] == [None, *[reading.id for reading in readings[:-1]]]
    assert shared.verify() == []


def test_a_case_that_cannot_be_added_whole_is_not_added(shared: Study, new_case: AddCase) -> None:
    taken = shared.cases.series(new_case(shared, "A").id)[0].path
    with pytest.raises(UserError) as told:
        shared.cases.add(patient="P", exam="E", name="B", series=[NewSeries(role=Role.T2W, name="t2w", path=taken)])
    assert told.value.code is ErrorCode.CONFLICT
    assert len(shared.cases.all()) == 1


def test_one_database_holds_one_study(shared: Study, tmp_path: Path) -> None:
    url = shared.database.url.render_as_string(hide_password=False)
    with pytest.raises(UserError) as told:
        Study.create(tmp_path / "second", name="Second", url=url)
    assert told.value.code is ErrorCode.CONFLICT


def test_the_password_is_not_written_down(postgresql_url: str, shared: Study, tmp_path: Path) -> None:
    database = shared.database.url.database
    url = postgresql_url.replace("tester@/postgres?", f"tester:secret@/{database}?")
    with pytest.raises(UserError):
        Study.create(tmp_path / "second", name="Second", url=url)
    shared.database.close()
    text = shared.paths.settings.read_text(encoding="utf-8")
    assert "secret" not in text
    assert (load_yaml(shared.paths.settings, StudyFile).database or "").startswith("postgresql+psycopg://tester@")
    with Study.open(shared.folder, url=url) as opened:
        assert opened.name == "Shared"


@pytest.mark.parametrize("table", ["adjudications", "adjudicated_readings"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_repeats_and_adjudications_are_append_only_on_a_server_too(
    shared: Study,
    new_case: AddCase,
    new_reading: AddReading,
    new_adjudication: Callable[..., Adjudication],
    table: str,
    statement: str,
) -> None:
    case = new_case(shared, "A")
    readings = [new_reading(shared, case), new_reading(shared, case, reader="Reader B")]
    again = new_reading(shared, case, repeat=1)
    first = new_adjudication(shared, *readings)
    second = new_adjudication(shared, *readings)
    change = "exam_score = 1" if table == "adjudications" else "reading_id = reading_id"
    with pytest.raises(DBAPIError, match="append-only"), shared.database.engine.begin() as connection:
        connection.exec_driver_sql(statement.format(table, change))
    assert shared.adjudications.all() == [first, second]
    assert second.supersedes == first.id
    assert shared.readings.all_latest(repeats=True) == [*readings, again]
    assert shared.verify() == []
