"""Rows by id, and which of those that supersede each other stand."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from .errors import not_found
from .tables import AdjudicationRow, AnnotationRow, AnswerRow, Base, ReadingRow

Row = TypeVar("Row", bound=Base)


def found(session: Session, table: type[Row], key: int, *, lock: bool = False) -> Row:
    """The row with that id.

    Args:
        lock: nobody else on a server may take this lock or change the row before the transaction ends; SQLite has
            one writer anyway.

    Raises:
        UserError: NOT_FOUND, naming the record as the table's class does without `Row`.
    """
    row = session.get(table, key, with_for_update=True if lock else None)
    if row is None:
        raise not_found(table.__name__.removesuffix("Row").lower(), key)
    return row


def newest(table: type[ReadingRow | AdjudicationRow | AnnotationRow | AnswerRow]) -> ColumnElement[bool]:
    """Condition of a query: no other row of the table supersedes this one."""
    newer = aliased(table)
    return ~exists(select(newer.id).where(newer.supersedes == table.id))
