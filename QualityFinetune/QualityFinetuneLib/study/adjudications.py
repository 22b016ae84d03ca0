"""Adjudications: what was decided where readers disagree. Append-only; a newer one supersedes the last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import cast

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from ..common.errors import ErrorCode, UserError
from ..common.version import __version__
from .database import Database
from .errors import not_found
from .hashes import adjudication_sha256, plain
from .records import Adjudication, NewAdjudication, Protocol
from .rows import found, newest
from .tables import AdjudicatedReadingRow, AdjudicationRow, CaseRow, ReaderRow, ReadingRow


class Adjudications:
    """The adjudications of a study."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, new: NewAdjudication) -> Adjudication:
        """Store an adjudication with the readings that it settles. When this returns it is on disk for good.

        Raises:
            UserError: NOT_FOUND for an unknown case, reader or reading, BAD_READING when it settles no reading, or
                one of another case or form.
        """
        if new.decided.tzinfo is None:
            raise ValueError("the time of an adjudication must carry a time zone")
        with self._database.writing() as session:
            # The lock makes the adjudications of a case a chain on a server too.
            case = found(session, CaseRow, new.case_id, lock=True)
            reader = found(session, ReaderRow, new.reader_id)
            settled = _settled(session, new)
            last = _last(session, new)
            row = AdjudicationRow(
                case_id=case.id,
                reader_id=reader.id,
                form=new.form,
                form_version=new.form_version,
                protocol=new.protocol,
                values=plain(new.values, what="decided answers"),
                exam_score=new.exam_score,
                scores=plain(new.scores, what="scores"),
                note=new.note,
                decided=new.decided,
                software_version=__version__,
                sha256=adjudication_sha256(
                    new,
                    exam=case.exam,
                    reader=reader.name,
                    software_version=__version__,
                    settles_sha256=(reading.sha256 for reading in settled),
                    supersedes_sha256=None if last is None else last.sha256,
                ),
                supersedes=None if last is None else last.id,
            )
            session.add(row)
            session.flush()
            session.add_all(
                AdjudicatedReadingRow(adjudication_id=row.id, reading_id=reading.id) for reading in settled
            )
            session.flush()
            session.refresh(row)
            return _adjudication(row, [reading.id for reading in settled])

    def get(self, adjudication_id: int) -> Adjudication:
        """The adjudication with that id, superseded or not.

        Raises:
            UserError: NOT_FOUND.
        """
        matching = self._where(AdjudicationRow.id == adjudication_id)
        if not matching:
            raise not_found("adjudication", adjudication_id)
        return matching[0]

    def current(self, case_id: int, form: str) -> Adjudication | None:
        """What stands for a case and form; None where nothing was adjudicated."""
        standing = self._where(
            AdjudicationRow.case_id == case_id, AdjudicationRow.form == form, newest(AdjudicationRow)
        )
        return standing[0] if standing else None

    def all_current(self) -> list[Adjudication]:
        """What stands now, for each case and form, case by case."""
        return sorted(self._where(newest(AdjudicationRow)), key=lambda one: (one.case_id, one.id))

    def all(self) -> list[Adjudication]:
        """Every adjudication, superseded ones too, oldest first."""
        return self._where()

    def _where(self, *conditions: ColumnElement[bool]) -> list[Adjudication]:
        with self._database.reading() as session:
            rows = list(session.scalars(select(AdjudicationRow).where(*conditions).order_by(AdjudicationRow.id)))
            settles: dict[int, list[int]] = defaultdict(list)
            for link in session.scalars(select(AdjudicatedReadingRow)):
                settles[link.adjudication_id].append(link.reading_id)
        return [_adjudication(row, settles[row.id]) for row in rows]


def _settled(session: Session, new: NewAdjudication) -> list[ReadingRow]:
    settled = []
    for reading_id in sorted(set(new.settles)):
        reading = found(session, ReadingRow, reading_id)
        if (reading.case_id, reading.form) != (new.case_id, new.form):
            raise _refused(f"Reading {reading_id} is of another case or form.")
        settled.append(reading)
    if not settled:
        raise _refused("It settles no reading.")
    return settled


def _refused(why: str) -> UserError:
    return UserError(
        ErrorCode.BAD_READING,
        what="The adjudication could not be saved.",
        why=why,
        next="Choose the readings of this case and form that it decides between.",
    )


def _last(session: Session, new: NewAdjudication) -> AdjudicationRow | None:
    return session.scalar(
        select(AdjudicationRow)
        .where(AdjudicationRow.case_id == new.case_id, AdjudicationRow.form == new.form, newest(AdjudicationRow))
        .limit(1)
    )


def _adjudication(row: AdjudicationRow, settles: Iterable[int]) -> Adjudication:
    return Adjudication(
        id=row.id,
        case_id=row.case_id,
        reader_id=row.reader_id,
        form=row.form,
        form_version=row.form_version,
        protocol=cast(Protocol, row.protocol),
        values=row.values,
        exam_score=row.exam_score,
        scores=row.scores,
        note=row.note,
        settles=tuple(sorted(settles)),
        decided=row.decided,
        software_version=row.software_version,
        sha256=row.sha256,
        supersedes=row.supersedes,
    )
