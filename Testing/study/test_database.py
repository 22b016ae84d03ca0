from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.study import database as module
from QualityFinetuneLib.study.database import Database, parse_url


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database.in_file(tmp_path / "a.sqlite")
    with made.writing() as session:
        session.execute(text("CREATE TABLE t (n INTEGER PRIMARY KEY, m INTEGER REFERENCES t(n))"))
    yield made
    made.close()


def _numbers(database: Database) -> list[int]:
    with database.reading() as session:
        return list(session.scalars(text("SELECT n FROM t ORDER BY n")))


def test_what_a_block_wrote_is_there_when_it_ends(database: Database) -> None:
    with database.writing() as session:
        session.execute(text("INSERT INTO t (n) VALUES (1)"))
    assert _numbers(database) == [1]


def test_a_block_that_raises_leaves_nothing_not_even_a_table(database: Database) -> None:
    with pytest.raises(RuntimeError), database.writing() as session:
        session.execute(text("INSERT INTO t (n) VALUES (1)"))
        session.execute(text("CREATE TABLE u (n INTEGER)"))
        raise RuntimeError
    assert _numbers(database) == []
    with database.reading() as session:
        assert session.scalars(text("SELECT name FROM sqlite_master WHERE name = 'u'")).all() == []


def test_foreign_keys_count_and_commits_reach_the_disk(database: Database) -> None:
    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(text("INSERT INTO t (n, m) VALUES (1, 2)"))
    with database.reading() as session:
        assert session.scalar(text("PRAGMA synchronous")) == 2
        assert session.scalar(text("PRAGMA busy_timeout")) == module.BUSY_TIMEOUT_S * 1000


def test_a_writer_waits_for_another_writer(database: Database) -> None:
    entered, leave = threading.Event(), threading.Event()

    def first() -> None:
        with database.writing() as session:
            session.execute(text("INSERT INTO t (n) VALUES (1)"))
            entered.set()
            leave.wait(5)

    thread = threading.Thread(target=first)
    thread.start()
    entered.wait(5)
    threading.Timer(0.2, leave.set).start()
    with database.writing() as session:
        # Sees the other one's row: a transaction that writes looks only after it has the lock.
        assert session.scalar(text("SELECT count(*) FROM t")) == 1
        session.execute(text("INSERT INTO t (n) VALUES (2)"))
    thread.join()
    assert _numbers(database) == [1, 2]


def test_a_lock_that_is_never_given_back_is_told(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_TIMEOUT_S", 0.05)
    holder = sqlite3.connect(tmp_path / "a.sqlite", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    impatient = Database.in_file(tmp_path / "a.sqlite")
    with pytest.raises(UserError) as told, impatient.writing():
        pass
    assert told.value.code is ErrorCode.CONFLICT
    holder.close()
    impatient.close()


def test_a_full_disk_is_told_and_nothing_is_half_written(database: Database) -> None:
    with database.writing() as session:
        session.execute(text("CREATE TABLE big (b BLOB)"))
        session.execute(text("INSERT INTO big VALUES (zeroblob(20000))"))
    with pytest.raises(UserError) as told, database.writing() as session:
        session.execute(text("PRAGMA max_page_count = 1"))  # no fewer than there are: the file cannot grow
        session.execute(text("INSERT INTO t (n) VALUES (1)"))
        session.execute(text("INSERT INTO big VALUES (zeroblob(100000))"))
    assert told.value.code is ErrorCode.DISK_FULL
    assert _numbers(database) == []


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite").write_bytes(b"this is no database" * 100)
    damaged = Database.in_file(tmp_path / "a.sqlite")
    with pytest.raises(UserError) as told, damaged.reading() as session:
        session.execute(text("SELECT 1 FROM sqlite_master"))
    assert told.value.code is ErrorCode.UNREADABLE_FILE
    assert "damaged" in told.value.what


def test_a_place_that_is_not_there_is_told(tmp_path: Path) -> None:
    absent = Database.in_file(tmp_path / "gone" / "a.sqlite")
    with pytest.raises(UserError) as told, absent.writing():
        pass
    assert told.value.code is ErrorCode.UNREADABLE_FILE


def test_a_mistake_in_a_statement_is_no_user_error(database: Database) -> None:
    with pytest.raises(Exception, match="no such table"), database.reading() as session:
        session.execute(text("SELECT 1 FROM absent"))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("postgresql://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgres://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql+psycopg://u@h/d", "postgresql+psycopg://u@h/d"),
        ("sqlite:///a.sqlite", "sqlite:///a.sqlite"),
    ],
)
def test_postgresql_means_the_driver_that_is_asked_for(given: str, expected: str) -> None:
    assert str(parse_url(given)) == expected


@pytest.mark.parametrize("given", ["nonsense", "mysql://u@h/d", ""])
def test_other_databases_are_refused(given: str) -> None:
    with pytest.raises(UserError) as told:
        parse_url(given)
    assert told.value.code is ErrorCode.BAD_CONFIG


def test_a_missing_driver_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*_: object, **__: object) -> None:
        raise ModuleNotFoundError(name="psycopg")

    monkeypatch.setattr(module, "create_engine", absent)
    with pytest.raises(UserError) as told:
        Database(parse_url("postgresql://u@h/d"))
    assert told.value.code is ErrorCode.MISSING_PACKAGE


def test_a_server_that_does_not_answer_is_told(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="the driver psycopg is not installed")
    absent = Database(parse_url(f"postgresql://u@/d?host={tmp_path}"))
    with pytest.raises(UserError) as told, absent.reading() as session:
        session.connection()
    assert told.value.code is ErrorCode.NO_STUDY


def test_every_thread_may_write(database: Database) -> None:
    def add(number: int) -> None:
        with database.writing() as session:
            session.execute(text("INSERT INTO t (n) VALUES (:n)"), {"n": number})

    threads = [threading.Thread(target=add, args=(number,)) for number in range(12)]
    _each(threads, lambda thread: thread.start())
    _each(threads, lambda thread: thread.join())
    assert _numbers(database) == list(range(12))


def _each(threads: list[threading.Thread], step: Callable[[threading.Thread], None]) -> None:
    for thread in threads:
        step(thread)
