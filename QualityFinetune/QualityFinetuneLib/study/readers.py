"""Readers: who rates and corrects."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from .database import Database
from .errors import bad_values
from .records import Reader
from .rows import found
from .tables import ReaderRow


class Readers:
    """The readers of a study."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ensure(self, name: str) -> Reader:
        """The reader called `name`, added when new.

        Raises:
            UserError: BAD_VALUES for an empty name.
        """
        name = " ".join(name.split())
        if not name:
            raise bad_values("The reader could not be added.", "The name is empty.", "Enter a name or initials.")
        known = self._by_name(name)
        if known is not None:
            return known
        try:
            with self._database.writing() as session:
                row = ReaderRow(name=name, created=datetime.now(UTC))
                session.add(row)
                session.flush()
                return _reader(row)
        except IntegrityError:  # another program added the same name meanwhile
            known = self._by_name(name)
            if known is None:
                raise
            return known

    def all(self) -> list[Reader]:
        """Every reader, in the order they came."""
        with self._database.reading() as session:
            return [_reader(row) for row in session.scalars(select(ReaderRow).order_by(ReaderRow.id))]

    def get(self, reader_id: int) -> Reader:
        """The reader with that id.

        Raises:
            UserError: NOT_FOUND.
        """
        with self._database.reading() as session:
            row = found(session, ReaderRow, reader_id)
        return _reader(row)

    def _by_name(self, name: str) -> Reader | None:
        with self._database.reading() as session:
            row = session.scalar(select(ReaderRow).where(ReaderRow.name == name))
        return None if row is None else _reader(row)


def _reader(row: ReaderRow) -> Reader:
    return Reader(id=row.id, name=row.name, created=row.created)
