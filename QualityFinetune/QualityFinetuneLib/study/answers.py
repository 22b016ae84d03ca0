"""Answers about whole exams: append-only; a newer one of the same origin supersedes the last."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from ..common.errors import UserError
from ..common.version import __version__
from .database import Database
from .errors import bad_values
from .hashes import answer_sha256, plain
from .records import AnnotationStatus, Answer, NewAnswer, Origin
from .rows import found, newest
from .standing import current, current_by_case, trainable
from .tables import AnswerRow, CaseRow, ReaderRow, RunRow


class Answers:
    """The known and predicted answers of a study. What they may be is the task's business, not checked here."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, new: NewAnswer) -> Answer:
        """Store an answer. When this returns it is on disk for good.

        Raises:
            UserError: NOT_FOUND for an unknown case, reader, run or superseded answer; BAD_VALUES when the parts
                contradict, or nothing is answered.
        """
        return self.add_all([new])[0]

    def add_all(self, answers: list[NewAnswer]) -> list[Answer]:
        """Store several together or none. Raises as `add`."""
        with self._database.writing() as session:
            return [_answer(_add(session, new)) for new in answers]

    def get(self, answer_id: int) -> Answer:
        """The answer with that id, superseded or not.

        Raises:
            UserError: NOT_FOUND.
        """
        with self._database.reading() as session:
            return _answer(found(session, AnswerRow, answer_id))

    def current(self, case_id: int, task: str) -> Answer | None:
        """What stands: a reader's before an imported one before a model's draft, newest first."""
        return current(self._where(AnswerRow.case_id == case_id, AnswerRow.task == task, *_stands()))

    def all_current(self, task: str) -> dict[int, Answer]:
        """`current` of every case that has one, by case id."""
        return current_by_case(self._where(AnswerRow.task == task, *_stands()))

    def trainable(self, task: str) -> dict[int, Answer]:
        """The answer to learn from, by case id: imported, or given or accepted by a reader; never a model's draft."""
        return trainable(self.all_current(task))

    def history(self, case_id: int, task: str) -> list[Answer]:
        """Every answer of a case and task, superseded and rejected ones too, oldest first."""
        return self._where(AnswerRow.case_id == case_id, AnswerRow.task == task)

    def of_run(self, run_id: int) -> list[Answer]:
        """What a run predicted, oldest first; not what readers made of it."""
        return self._where(AnswerRow.run_id == run_id, AnswerRow.origin == "model", AnswerRow.status == "draft")

    def all(self) -> list[Answer]:
        """Every answer of the study, oldest first."""
        return self._where()

    def _where(self, *conditions: ColumnElement[bool]) -> list[Answer]:
        with self._database.reading() as session:
            query = select(AnswerRow).where(*conditions).order_by(AnswerRow.id)
            return [_answer(row) for row in session.scalars(query)]


def _add(session: Session, new: NewAnswer) -> AnswerRow:
    if new.origin == "reader" and new.reader_id is None:
        raise _refused("A reader's answer names no reader.", "Choose a reader and save again.")
    if all(value is None for value in new.values.values()):
        raise _refused("Nothing is answered.", "Leave a case out where nobody knows.")
    # The lock makes the answers of a case a chain on a server too.
    case = found(session, CaseRow, new.case_id, lock=True)
    reader = None if new.reader_id is None else found(session, ReaderRow, new.reader_id)
    if new.run_id is not None:
        found(session, RunRow, new.run_id)
    old = _superseded(session, new)
    created = datetime.now(UTC)
    row = AnswerRow(
        case_id=case.id,
        task=new.task,
        origin=new.origin,
        reader_id=new.reader_id,
        run_id=new.run_id,
        source=new.source,
        status=new.status,
        values=plain(new.values, what="answer"),
        probabilities=None if new.probabilities is None else plain(new.probabilities, what="probabilities"),
        created=created,
        software_version=__version__,
        sha256=answer_sha256(
            new,
            exam=case.exam,
            reader=None if reader is None else reader.name,
            created=created,
            software_version=__version__,
            supersedes_sha256=None if old is None else old.sha256,
        ),
        supersedes=None if old is None else old.id,
    )
    session.add(row)
    session.flush()
    session.refresh(row)
    return row


def _superseded(session: Session, new: NewAnswer) -> AnswerRow | None:
    """What the new one stands for: what it names, else the last imported one, or the last of the same reader."""
    if new.supersedes is not None:
        old = found(session, AnswerRow, new.supersedes)
        if (old.case_id, old.task) != (new.case_id, new.task):
            raise _refused("It would supersede an answer of another case or task.", "Open the case and save again.")
        if session.scalar(select(exists().where(AnswerRow.supersedes == old.id))):
            raise _refused("Somebody else has changed this answer meanwhile.", "Open the case again and look at it.")
        return old
    if new.origin == "model":
        return None
    return session.scalar(
        select(AnswerRow)
        .where(
            AnswerRow.case_id == new.case_id,
            AnswerRow.task == new.task,
            AnswerRow.origin == new.origin,
            AnswerRow.reader_id.is_not_distinct_from(new.reader_id),
            newest(AnswerRow),
        )
        .order_by(AnswerRow.id.desc())
        .limit(1)
    )


def _stands() -> tuple[ColumnElement[bool], ...]:
    return (AnswerRow.status != "rejected", newest(AnswerRow))


def _answer(row: AnswerRow) -> Answer:
    return Answer(
        id=row.id,
        case_id=row.case_id,
        task=row.task,
        origin=cast(Origin, row.origin),
        reader_id=row.reader_id,
        run_id=row.run_id,
        source=row.source,
        status=cast(AnnotationStatus, row.status),
        values=row.values,
        probabilities=row.probabilities,
        created=row.created,
        software_version=row.software_version,
        sha256=row.sha256,
        supersedes=row.supersedes,
    )


def _refused(why: str, next: str) -> UserError:
    return bad_values("The answer could not be saved.", why, next)
