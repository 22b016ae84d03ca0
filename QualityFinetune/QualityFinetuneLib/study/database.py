"""Connections and transactions: SQLite in WAL mode in the study folder, or a PostgreSQL server."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.orm import Session

from ..common.errors import ErrorCode, UserError

BUSY_TIMEOUT_S = 30.0
"""How long a writer waits for another one; a transaction of ours takes milliseconds."""

_WRITES = "qualityfinetune_writes"

logger = logging.getLogger(__name__)


class Database:
    """One study's database. Safe to use from several threads and, at the same time, from several processes."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.engine = _engine(url)
        self._writer = self.engine.execution_options(**{_WRITES: True})

    @classmethod
    def in_file(cls, path: Path) -> Database:
        """The SQLite database at `path`."""
        return cls(URL.create("sqlite", database=str(path)))

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that sees one consistent state and keeps nobody from writing."""
        with _told_to_the_user(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction: all of it is on disk when the block ends, or none of it when the block raises.

        Raises:
            UserError: CONFLICT when another program keeps the database locked, DISK_FULL, UNREADABLE_FILE.
        """
        with _told_to_the_user(), Session(self._writer, expire_on_commit=False) as session, session.begin():
            session.connection()  # takes the lock now, so that the block never looks at what another one is changing
            yield session

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A writing connection within one transaction, for migrations."""
        with _told_to_the_user(), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection; SQLite then folds its write-ahead log into the one file."""
        self.engine.dispose()


def parse_url(text: str) -> URL:
    """A database URL as given by a user; `postgresql://` means the psycopg driver.

    Raises:
        UserError: BAD_CONFIG for anything that is neither SQLite nor PostgreSQL.
    """
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise _bad_url("It is not a database URL.") from error
    if url.drivername in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in {"sqlite", "postgresql"}:
        raise _bad_url(f"{url.drivername} is not supported.")
    return url


def _bad_url(why: str) -> UserError:
    return UserError(
        ErrorCode.BAD_CONFIG,
        what="The database of this study cannot be used.",
        why=why,
        next="Leave the database out to keep it in the study folder, or give postgresql://user@server/database.",
    )


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        try:
            return create_engine(url, pool_pre_ping=True)
        except ModuleNotFoundError as error:
            raise UserError(
                ErrorCode.MISSING_PACKAGE,
                what="The shared database of this study cannot be reached.",
                why=f"The Python package {error.name} is not installed.",
                next="Install psycopg[binary] into the Python that runs this program.",
            ) from error
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver's own transaction handling starts late and commits before DDL; `_begin_sqlite` does it instead.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA recursive_triggers = ON")
    # FULL: a commit that was acknowledged survives a power cut, not only a crash of the program.
    connection.execute("PRAGMA synchronous = FULL")


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that writes later fails at once when another one wrote meanwhile; an immediate one waits.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _told_to_the_user() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        told = _as_user_error(error)
        if told is None:
            raise
        raise told from error


def _as_user_error(error: DBAPIError) -> UserError | None:
    cause: Any = error.orig
    # The primary code is the low byte of SQLite's extended one.
    code = getattr(cause, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    if primary in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return UserError(
            ErrorCode.CONFLICT,
            what="The study could not be written to.",
            why=f"Another program has kept its database locked for {BUSY_TIMEOUT_S:.0f} seconds.",
            next="Close other programs that have the study open, then repeat the step.",
        )
    if primary == sqlite3.SQLITE_FULL:
        return UserError(
            ErrorCode.DISK_FULL,
            what="The study could not be written to.",
            why="The disk that holds the study is full.",
            next="Free some space and repeat the step; nothing already saved was lost.",
        )
    if primary in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return UserError(
            ErrorCode.UNREADABLE_FILE,
            what="The study's database is damaged.",
            why=f"SQLite says: {cause}.",
            next="Restore the study folder from a backup; its images and masks are separate files and may be whole.",
        )
    if primary in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR}:
        return UserError(
            ErrorCode.UNREADABLE_FILE,
            what="The study's database cannot be used where it lies.",
            why=f"SQLite says: {cause}.",
            next="Check that the disk is connected and that you may write to the study folder.",
        )
    if primary is None and isinstance(error, OperationalError):
        logger.debug("database server: %s", cause)
        return UserError(
            ErrorCode.NO_STUDY,
            what="The shared database of this study cannot be reached.",
            why="The database server does not answer, or refuses this user.",
            next="Check the network and the database user, or ask who runs the server.",
        )
    return None
