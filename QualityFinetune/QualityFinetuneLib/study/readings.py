"""Readings: append-only; a newer one supersedes the same reader's last one of that case, form and repeat."""

from __future__ import annotations

import math
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..common.errors import ErrorCode, UserError
from ..common.version import __version__
from .database import Database
from .hashes import plain, reading_sha256
from .records import NewReading, Protocol, Reading
from .rows import found, newest
from .tables import CaseRow, ReaderRow, ReadingRow


class Readings:
    """The readings of a study."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, new: NewReading) -> Reading:
        """Store a reading. When this returns it is on disk for good.

        Raises:
            UserError: NOT_FOUND for an unknown case or reader, BAD_READING for impossible times and for a repeat of
                what was not read before.
        """
        _check(new)
        with self._database.writing() as session:
            # The lock makes two readings of one reader a chain on a server too.
            case = found(session, CaseRow, new.case_id, lock=True)
            reader = found(session, ReaderRow, new.reader_id)
            last = _last(session, new, new.repeat)
            if new.repeat and _last(session, new, new.repeat - 1) is None:
                raise _nothing_to_repeat(new.repeat)
            row = ReadingRow(
                case_id=case.id,
                reader_id=reader.id,
                form=new.form,
                form_version=new.form_version,
                protocol=new.protocol,
                values=plain(new.values, what="answers"),
                exam_score=new.exam_score,
                scores=plain(new.scores, what="scores"),
                technical=plain(new.technical, what="technical part"),
                visual=plain(new.visual, what="visual part"),
                started=new.started,
                finished=new.finished,
                active_s=float(new.active_s),
                software_version=__version__,
                sha256=reading_sha256(
                    new,
                    exam=case.exam,
                    reader=reader.name,
                    software_version=__version__,
                    supersedes_sha256=None if last is None else last.sha256,
                ),
                supersedes=None if last is None else last.id,
                repeat=new.repeat,
            )
            session.add(row)
            session.flush()
            session.refresh(row)
            return _reading(row)

    def get(self, reading_id: int) -> Reading:
        """The reading with that id, superseded or not.

        Raises:
            UserError: NOT_FOUND.
        """
        with self._database.reading() as session:
            row = found(session, ReadingRow, reading_id)
        return _reading(row)

    def latest(self, case_id: int, reader_id: int | None = None) -> Reading | None:
        """The newest reading of a case, by one reader or by any, repeats aside; None when there is none."""
        query = select(ReadingRow).where(ReadingRow.case_id == case_id, ReadingRow.repeat == 0)
        query = query.order_by(ReadingRow.id.desc()).limit(1)
        if reader_id is not None:
            query = query.where(ReadingRow.reader_id == reader_id)
        with self._database.reading() as session:
            row = session.scalar(query)
        return None if row is None else _reading(row)

    def history(self, case_id: int) -> list[Reading]:
        """Every reading of a case, superseded ones and repeats too, oldest first."""
        query = select(ReadingRow).where(ReadingRow.case_id == case_id).order_by(ReadingRow.id)
        with self._database.reading() as session:
            return [_reading(row) for row in session.scalars(query)]

    def all(self) -> list[Reading]:
        """Every reading of the study, superseded ones and repeats too, oldest first."""
        with self._database.reading() as session:
            return [_reading(row) for row in session.scalars(select(ReadingRow).order_by(ReadingRow.id))]

    def all_latest(self, *, repeats: bool = False) -> list[Reading]:
        """What stands now: the newest reading for each case, reader and form, case by case.

        Args:
            repeats: also what stands of each repeat. No score counts them; only agreement looks at them.
        """
        query = select(ReadingRow).where(newest(ReadingRow)).order_by(ReadingRow.case_id, ReadingRow.id)
        if not repeats:
            query = query.where(ReadingRow.repeat == 0)
        with self._database.reading() as session:
            return [_reading(row) for row in session.scalars(query)]


def _last(session: Session, new: NewReading, repeat: int) -> ReadingRow | None:
    return session.scalar(
        select(ReadingRow)
        .where(
            ReadingRow.case_id == new.case_id,
            ReadingRow.reader_id == new.reader_id,
            ReadingRow.form == new.form,
            ReadingRow.repeat == repeat,
            newest(ReadingRow),
        )
        .order_by(ReadingRow.id.desc())
        .limit(1)
    )


def _nothing_to_repeat(repeat: int) -> UserError:
    return UserError(
        ErrorCode.BAD_READING,
        what=f"Repeat {repeat} of this reading could not be saved.",
        why="The reader has not read this case before with this form, or left out a repeat.",
        next="Save the first reading, then the repeats one after the other.",
    )


def _check(new: NewReading) -> None:
    if new.repeat < 0:
        raise ValueError("repeats are counted from 0, the first reading")
    if new.started.tzinfo is None or new.finished.tzinfo is None:
        raise ValueError("the times of a reading must carry a time zone")
    why = None
    if new.finished < new.started:
        why = "It ends before it starts."
    elif not math.isfinite(new.active_s) or new.active_s < 0:
        why = f"{new.active_s} is no time in seconds."
    if why is not None:
        raise UserError(
            ErrorCode.BAD_READING,
            what="The reading could not be saved.",
            why=why,
            next="Check the clock of this computer and save again.",
        )


def _reading(row: ReadingRow) -> Reading:
    return Reading(
        id=row.id,
        case_id=row.case_id,
        reader_id=row.reader_id,
        form=row.form,
        form_version=row.form_version,
        protocol=cast(Protocol, row.protocol),
        values=row.values,
        exam_score=row.exam_score,
        scores=row.scores,
        technical=row.technical,
        visual=row.visual,
        started=row.started,
        finished=row.finished,
        active_s=row.active_s,
        software_version=row.software_version,
        sha256=row.sha256,
        supersedes=row.supersedes,
        repeat=row.repeat,
    )
