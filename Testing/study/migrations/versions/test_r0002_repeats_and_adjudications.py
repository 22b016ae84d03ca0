"""A study of the first release, with everything in it, opens in this one: from a file, and from a server."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import DBAPIError

from fixtures.first_release import FIRST, MORNING, study_of_the_first_release
from QualityFinetuneLib.study import schema
from QualityFinetuneLib.study.records import NewAnswer
from QualityFinetuneLib.study.study import Study
from QualityFinetuneLib.study.tables import Base


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Folder of a study of the first release with its database in a file."""
    return study_of_the_first_release(tmp_path / "old")


@pytest.fixture(params=["a file", "a server"])
def upgraded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Study]:
    """A study of the first release, opened by this one."""
    url = request.getfixturevalue("postgresql_database") if request.param == "a server" else None
    with Study.open(study_of_the_first_release(tmp_path / "old", url=url)) as study:
        yield study


def test_everything_of_the_first_release_keeps_its_content_and_hashes(upgraded: Study) -> None:
    a, b = upgraded.cases.all()
    assert (a.patient, a.exam, b.name, b.created) == ("P", "1.2.3", "B", MORNING)
    assert [(series.case_id, series.headers) for series in upgraded.cases.all_series()] == [
        (1, {"SliceThickness": 3.0}),
        (2, {"SliceThickness": 3.0}),
    ]
    first, second = upgraded.readings.all()
    assert (first.exam_score, second.exam_score, second.supersedes) == (2, 3, first.id)
    assert (first.repeat, second.repeat) == (0, 0)
    assert upgraded.readings.all_latest() == [second]
    draft, accepted = upgraded.annotations.history(a.id, "gland")
    assert upgraded.annotations.trainable("gland") == {a.id: accepted}
    assert (draft.changes, accepted.changes, accepted.supersedes) == (None, {"dice": 1.0}, draft.id)
    (run,) = upgraded.runs.all()
    assert (run.seed, run.results, run.finished) == (2**40, {"dice": 0.5}, MORNING)
    assert [(model.name, model.run_id) for model in upgraded.models.all()] == [("gland 1", run.id)]
    assert upgraded.splits.get("default").members == {1: "train", 2: "test"}
    assert upgraded.adjudications.all() == []
    assert upgraded.answers.all() == []
    assert upgraded.verify() == []
    with upgraded.database.reading() as session:
        assert schema.revision_of(session.connection()) == schema.REVISIONS[-1]


def test_a_copy_of_the_file_is_made_before(old: Path) -> None:
    Study.open(old).close()
    with closing(sqlite3.connect(old / f"study.sqlite.bak-{FIRST}")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (FIRST,)
        assert connection.execute("SELECT count(*) FROM readings").fetchone() == (2,)


def test_an_upgraded_study_takes_what_is_new_and_stays_append_only(
    upgraded: Study, new_reading: Callable[..., object], new_adjudication: Callable[..., object]
) -> None:
    case = upgraded.cases.get(1)
    new_reading(upgraded, case, repeat=1)
    new_adjudication(upgraded, *upgraded.readings.all())
    upgraded.answers.add(
        NewAnswer(case_id=case.id, task="pirads", origin="imported", status="accepted", values={"grade": 3.0})
    )
    assert upgraded.verify() == []
    assert len(upgraded.readings.all()) == 3
    for statement in (
        'UPDATE readings SET "repeat" = 1',
        "DELETE FROM readings",
        "DELETE FROM adjudications",
        "DELETE FROM annotations",
        "UPDATE answers SET status = 'draft'",
        "DELETE FROM split_members",
    ):
        with pytest.raises(DBAPIError, match="append-only"), upgraded.database.engine.begin() as connection:
            connection.exec_driver_sql(statement)
    with pytest.raises(DBAPIError, match="ck_readings_repeat"), upgraded.database.engine.begin() as connection:
        connection.exec_driver_sql(
            'INSERT INTO readings SELECT 99, case_id, reader_id, form, form_version, protocol, "values", exam_score, '
            "scores, technical, visual, started, finished, active_s, software_version, sha256, NULL, -1 "
            "FROM readings WHERE id = 1"
        )


def test_an_upgraded_database_has_exactly_the_tables_of_this_version(upgraded: Study) -> None:
    with upgraded.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_an_upgraded_file_is_made_as_a_new_one(old: Path, tmp_path: Path) -> None:
    """Column by column, constraint by name, trigger by trigger."""
    Study.open(old).close()
    Study.create(tmp_path / "new", name="New").close()
    shapes = []
    for folder in (old, tmp_path / "new"):
        with closing(sqlite3.connect(folder / "study.sqlite")) as connection:
            shapes.append(connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2").fetchall())
    assert shapes[0] == shapes[1]
