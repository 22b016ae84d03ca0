from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.study import schema
from QualityFinetuneLib.study.database import Database
from QualityFinetuneLib.study.records import Case, Reading
from QualityFinetuneLib.study.study import Study

NEWEST = schema.REVISIONS[-1]
NEXT = """
from alembic import op
import sqlalchemy as sa
revision = "9001"
down_revision = "{before}"
def upgrade():
    op.add_column("cases", sa.Column("centre", sa.String))
    {then}
"""


@pytest.fixture
def a_later_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Pretend that this program is one revision further."""

    def pretend(then: str = "pass") -> None:
        migrations = tmp_path / "100 % later" / "migrations"
        shutil.copytree(schema.MIGRATIONS, migrations, ignore=shutil.ignore_patterns("__pycache__"))
        (migrations / "versions" / "r9001_later.py").write_text(
            NEXT.format(before=NEWEST, then=then), encoding="utf-8"
        )
        monkeypatch.setattr(schema, "MIGRATIONS", migrations)
        monkeypatch.setattr(schema, "REVISIONS", (*schema.REVISIONS, "9001"))

    return pretend


def _revision(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def _columns(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as connection:
        return {row[1] for row in connection.execute("PRAGMA table_info(cases)")}


def test_the_known_revisions_are_those_of_the_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    script = ScriptDirectory.from_config(config)
    assert [revision.revision for revision in script.walk_revisions()][::-1] == list(schema.REVISIONS)


def test_a_new_study_has_the_newest_schema_and_a_write_ahead_log(study: Study) -> None:
    assert _revision(study.paths.database) == schema.REVISIONS[-1]
    with closing(sqlite3.connect(study.paths.database)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_opening_a_current_study_copies_nothing(study: Study) -> None:
    Study.open(study.folder).close()
    assert list(study.folder.glob("*.bak*")) == []


def test_an_older_study_is_upgraded_after_a_copy(
    study: Study,
    new_case: Callable[..., Case],
    new_reading: Callable[..., Reading],
    a_later_version: Callable[..., None],
) -> None:
    # The study is still open elsewhere, so its newest rows are in the write-ahead log: the copy must have them.
    reading = new_reading(study, new_case(study, "A"))
    a_later_version()
    with Study.open(study.folder) as upgraded:
        assert upgraded.readings.all() == [reading]
    assert _revision(study.paths.database) == "9001"
    assert "centre" in _columns(study.paths.database)
    copy = study.folder / f"study.sqlite.bak-{NEWEST}"
    assert _revision(copy) == NEWEST
    assert "centre" not in _columns(copy)
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT count(*) FROM readings").fetchone() == (1,)


def test_an_upgrade_that_fails_changes_nothing(study: Study, a_later_version: Callable[..., None]) -> None:
    a_later_version("raise RuntimeError('half way')")
    with pytest.raises(RuntimeError, match="half way"):
        Study.open(study.folder)
    assert _revision(study.paths.database) == NEWEST
    assert "centre" not in _columns(study.paths.database)


def test_one_that_another_program_has_just_upgraded_is_left_alone(
    study: Study, a_later_version: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    a_later_version()
    Study.open(study.folder).close()
    monkeypatch.setattr(schema, "revision_of", lambda _: NEWEST)  # what this one saw before it waited
    with Study.open(study.folder) as opened:
        assert opened.cases.all() == []
    assert _revision(study.paths.database) == "9001"


def test_a_study_of_a_newer_version_is_refused_and_left_alone(study: Study) -> None:
    with closing(sqlite3.connect(study.paths.database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(UserError) as told:
        Study.open(study.folder)
    assert told.value.code is ErrorCode.STUDY_VERSION
    assert "9999" in told.value.why
    assert list(study.folder.glob("*.bak*")) == []


def test_a_database_that_is_no_study_is_refused(study: Study) -> None:
    with closing(sqlite3.connect(study.paths.database)) as connection:
        connection.execute("DROP TABLE alembic_version")
    with pytest.raises(UserError) as told:
        Study.open(study.folder)
    assert told.value.code is ErrorCode.NO_STUDY


def test_there_is_no_way_back() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    for revision in ScriptDirectory.from_config(config).walk_revisions():
        with pytest.raises(NotImplementedError, match="copy"):
            revision.module.downgrade()


def test_a_schema_is_made_in_a_folder_with_a_percent_sign(tmp_path: Path) -> None:
    database = Database.in_file(tmp_path / "50 %.sqlite")
    schema.make_schema(database)
    with database.reading() as session:
        assert schema.revision_of(session.connection()) == schema.REVISIONS[-1]
    database.close()
