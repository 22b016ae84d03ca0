"""Bring a database to the schema of this version: make it, upgrade it after a copy, or refuse a newer one."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from ..common.errors import ErrorCode, UserError
from ..common.files import write_with
from .database import Database

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
REVISIONS: tuple[str, ...] = ("0001", "0002", "0003")
"""Every revision, oldest first; here so that opening a study need not load Alembic. A test keeps it true."""

logger = logging.getLogger(__name__)


def make_schema(database: Database) -> None:
    """Make every table in an empty database."""
    if database.is_sqlite:
        _use_write_ahead_log(database.engine)
    with database.connection() as connection:
        _upgrade(connection)


def bring_up_to_date(database: Database, *, file: Path | None) -> None:
    """Upgrade an older database; a copy of the SQLite `file` is made before.

    Raises:
        UserError: STUDY_VERSION for a database of a newer version, NO_STUDY for one without any.
    """
    with database.reading() as session:
        found = revision_of(session.connection())
    if _check(found) == REVISIONS[-1]:
        return
    if file is not None:
        copy = file.with_name(f"{file.name}.bak-{found}")
        write_with(copy, lambda target: _copy(file, target))
    with database.connection() as connection:
        # Another process may have upgraded it while this one waited for the lock: Alembic then finds nothing to do.
        _upgrade(connection)
    logger.info("Upgraded the study database from %s to %s", found, REVISIONS[-1])


def revision_of(connection: Connection) -> str | None:
    """The schema revision a database says it has; None when it is no study's."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return found


def _check(found: str | None) -> str:
    if found is None:
        raise UserError(
            ErrorCode.NO_STUDY,
            what="The study could not be opened.",
            why="Its database holds no study.",
            next="Choose another folder, or create a study in an empty one.",
        )
    if found not in REVISIONS:
        raise UserError(
            ErrorCode.STUDY_VERSION,
            what="The study was made by a newer version of this program.",
            why=f"Its database has version {found}, and this program knows versions up to {REVISIONS[-1]}.",
            next="Update QualityFinetune, then open the study again.",
        )
    return found


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    # The ini parser behind it takes a single % for a placeholder.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _use_write_ahead_log(engine: Engine) -> None:
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA journal_mode = WAL")
    finally:
        connection.close()


def _copy(source: Path, target: Path) -> None:
    # SQLite's own backup also takes what is still in the write-ahead log.
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode = DELETE")
