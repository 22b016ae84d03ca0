"""A study of the first release, with everything in it, opens in this one."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from QualityFinetuneLib.study import schema
from QualityFinetuneLib.study.study import Study

FIRST = "0001"
CONTENT = {
    "exam": "1.2.3",
    "reader": "Reader A",
    "form": "pi-qual-v2",
    "form_version": "1.0.0",
    "protocol": "bpmri",
    "values": {"t2w_snr": True},
    "exam_score": 2,
    "scores": {"exam": 2},
    "technical": {},
    "visual": {},
    "started": "2026-03-02T08:30:00.000000+00:00",
    "finished": "2026-03-02T08:35:00.000000+00:00",
    "active_s": 240.0,
    "software_version": "0.1.0",
    "supersedes_sha256": None,
}
"""A reading as the first release hashed it."""


def _sha256(content: dict[str, object]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of a study whose database was made by the first release: a case and a corrected reading."""
    from alembic import command

    upgrade = command.upgrade
    with monkeypatch.context() as patched:
        patched.setattr(command, "upgrade", lambda config, _: upgrade(config, FIRST))
        study = Study.create(tmp_path / "old", name="Old")
        study.close()
    first = _sha256(CONTENT)
    second = _sha256(CONTENT | {"exam_score": 3, "supersedes_sha256": first})
    with closing(sqlite3.connect(study.paths.database)) as connection:
        connection.execute("INSERT INTO cases VALUES (1, 'P', '1.2.3', 'A', 'A', 0, '2026-03-01 10:00:00.000000')")
        connection.execute("INSERT INTO readers VALUES (1, 'Reader A', '2026-03-01 10:00:00.000000')")
        for number, (score, sha256, supersedes) in enumerate([(2, first, None), (3, second, 1)], start=1):
            connection.execute(
                "INSERT INTO readings VALUES (?, 1, 1, 'pi-qual-v2', '1.0.0', 'bpmri', '{\"t2w_snr\": true}', ?, "
                "'{\"exam\": 2}', '{}', '{}', '2026-03-02 08:30:00.000000', '2026-03-02 08:35:00.000000', 240.0, "
                "'0.1.0', ?, ?)",
                (number, score, sha256, supersedes),
            )
        connection.commit()
    return study.folder


def test_readings_of_the_first_release_keep_their_content_and_hashes(old: Path) -> None:
    with Study.open(old) as study:
        first, second = study.readings.all()
        assert (first.exam_score, second.exam_score, second.supersedes) == (2, 3, first.id)
        assert (first.repeat, second.repeat) == (0, 0)
        assert study.readings.all_latest() == [second]
        assert study.adjudications.all() == []
        assert study.verify() == []
        with study.database.reading() as session:
            assert schema.revision_of(session.connection()) == schema.REVISIONS[-1]
    assert (old / f"study.sqlite.bak-{FIRST}").is_file()


def test_an_upgraded_study_takes_repeats_and_adjudications_and_stays_append_only(
    old: Path, new_reading: Callable[..., object], new_adjudication: Callable[..., object]
) -> None:
    with Study.open(old) as study:
        case = study.cases.get(1)
        new_reading(study, case, repeat=1)
        new_adjudication(study, *study.readings.all())
        assert study.verify() == []
        for statement in ('UPDATE readings SET "repeat" = 1', "DELETE FROM readings", "DELETE FROM adjudications"):
            with pytest.raises(DBAPIError, match="append-only"), study.database.engine.begin() as connection:
                connection.exec_driver_sql(statement)


def test_an_upgraded_database_is_made_as_a_new_one(old: Path, tmp_path: Path) -> None:
    """Column by column, constraint by name, trigger by trigger."""
    Study.open(old).close()
    Study.create(tmp_path / "new", name="New").close()
    shapes = []
    for folder in (old, tmp_path / "new"):
        with closing(sqlite3.connect(folder / "study.sqlite")) as connection:
            shapes.append(connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2").fetchall())
    assert shapes[0] == shapes[1]
