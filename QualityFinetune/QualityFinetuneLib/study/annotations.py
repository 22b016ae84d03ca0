"""Annotations: append-only; accepting, correcting and rejecting add a row that supersedes the one before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..common.errors import ErrorCode, UserError
from ..common.files import sha256_of
from .database import Database
from .errors import bad_values
from .hashes import plain
from .paths import StudyPaths, reservation_of
from .records import Annotation, AnnotationStatus, NewAnnotation, Origin
from .rows import found, newest
from .standing import current, current_by_case, trainable
from .tables import AnnotationRow, CaseRow, ReaderRow, RunRow


class Annotations:
    """The segmentations of a study."""

    def __init__(self, database: Database, paths: StudyPaths) -> None:
        self._database = database
        self._paths = paths

    def add(self, new: NewAnnotation) -> Annotation:
        """Record a mask whose file is complete and in the study folder already; the file is hashed, not copied.

        Raises:
            UserError: NOT_FOUND for an unknown case, reader, run or superseded annotation; NO_LABEL when the file
                is absent; BAD_CONFIG when it lies outside the study folder; BAD_VALUES when the parts contradict.
        """
        if new.origin == "reader" and new.reader_id is None:
            raise _refused("A reader's annotation names no reader.", "Choose a reader and save again.")
        relative = self._paths.relative(new.path)
        absolute = self._paths.absolute(relative)
        if not absolute.is_file():
            raise UserError(
                ErrorCode.NO_LABEL,
                what="The annotation could not be saved.",
                why=f"Its file {relative} is not in the study folder.",
                next="Save the segmentation again.",
            )
        row = AnnotationRow(
            case_id=new.case_id,
            task=new.task,
            origin=new.origin,
            reader_id=new.reader_id,
            run_id=new.run_id,
            source=new.source,
            status=new.status,
            path=relative,
            sha256=sha256_of(absolute),
            supersedes=new.supersedes,
            created=datetime.now(UTC),
            changes=None if new.changes is None else plain(new.changes, what="changes of an annotation"),
        )
        with self._database.writing() as session:
            _check_links(session, new)
            session.add(row)
            session.flush()
            session.refresh(row)
            added = self._annotation(row)
        reservation_of(absolute).unlink(missing_ok=True)
        return added

    def get(self, annotation_id: int) -> Annotation:
        """The annotation with that id, superseded or not.

        Raises:
            UserError: NOT_FOUND.
        """
        with self._database.reading() as session:
            row = found(session, AnnotationRow, annotation_id)
        return self._annotation(row)

    def current(self, case_id: int, task: str) -> Annotation | None:
        """What to show: a reader's accepted or corrected mask before an imported one before a draft, newest first.

        Rejected and superseded ones are out. None when nothing is left.
        """
        return current(self._standing(task, case_id))

    def all_current(self, task: str) -> dict[int, Annotation]:
        """`current` of every case that has one, by case id."""
        return current_by_case(self._standing(task))

    def trainable(self, task: str) -> dict[int, Annotation]:
        """The mask to learn from, by case id: accepted, corrected or imported; never a draft of a model."""
        return trainable(self.all_current(task))

    def history(self, case_id: int, task: str) -> list[Annotation]:
        """Every annotation of a case and task, superseded and rejected ones too, oldest first."""
        query = (
            select(AnnotationRow)
            .where(AnnotationRow.case_id == case_id, AnnotationRow.task == task)
            .order_by(AnnotationRow.id)
        )
        with self._database.reading() as session:
            return [self._annotation(row) for row in session.scalars(query)]

    def all(self) -> list[Annotation]:
        """Every annotation of the study, oldest first."""
        with self._database.reading() as session:
            return [
                self._annotation(row) for row in session.scalars(select(AnnotationRow).order_by(AnnotationRow.id))
            ]

    def _standing(self, task: str, case_id: int | None = None) -> list[Annotation]:
        query = select(AnnotationRow).where(
            AnnotationRow.task == task, AnnotationRow.status != "rejected", newest(AnnotationRow)
        )
        if case_id is not None:
            query = query.where(AnnotationRow.case_id == case_id)
        with self._database.reading() as session:
            return [self._annotation(row) for row in session.scalars(query)]

    def _annotation(self, row: AnnotationRow) -> Annotation:
        return Annotation(
            id=row.id,
            case_id=row.case_id,
            task=row.task,
            origin=cast(Origin, row.origin),
            reader_id=row.reader_id,
            run_id=row.run_id,
            source=row.source,
            status=cast(AnnotationStatus, row.status),
            path=self._paths.absolute(row.path),
            sha256=row.sha256,
            supersedes=row.supersedes,
            created=row.created,
            changes=row.changes,
        )


def _check_links(session: Session, new: NewAnnotation) -> None:
    found(session, CaseRow, new.case_id)
    if new.reader_id is not None:
        found(session, ReaderRow, new.reader_id)
    if new.run_id is not None:
        found(session, RunRow, new.run_id)
    if new.supersedes is None:
        return
    old = found(session, AnnotationRow, new.supersedes)
    if (old.case_id, old.task) != (new.case_id, new.task):
        raise _refused(
            "It would supersede an annotation of another case or task.", "Open the case again and save once more."
        )


def _refused(why: str, next: str) -> UserError:
    return bad_values("The annotation could not be saved.", why, next)
