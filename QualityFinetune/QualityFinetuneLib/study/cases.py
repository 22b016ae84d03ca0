"""Cases and their series: added together or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ..cases.roles import Role
from ..common.errors import ErrorCode, UserError
from ..common.files import sha256_of
from .database import Database
from .errors import bad_values, not_found
from .hashes import plain
from .paths import StudyPaths
from .records import Case, NewSeries, Series
from .rows import found
from .tables import CaseRow, SeriesRow


class Cases:
    """The exams of a study."""

    def __init__(self, database: Database, paths: StudyPaths) -> None:
        self._database = database
        self._paths = paths

    def add(
        self, *, patient: str, exam: str, name: str, series: Sequence[NewSeries], simulated: bool = False
    ) -> Case:
        """Add one exam with all its series, whose files are in the study folder already.

        The case takes the folder below `cases/` that its files lie in (see `StudyPaths.new_case`), or a new one.

        Raises:
            UserError: CONFLICT when this exam, its name or one of its files is in the study already;
                MISSING_SERIES when a file is absent; BAD_CONFIG when one lies outside the study folder.
        """
        _require(patient=patient, exam=exam, name=name)
        self._refuse_known(patient=patient, exam=exam, name=name)
        rows = [self._series_row(new) for new in series]
        case = CaseRow(patient=patient, exam=exam, name=name, simulated=simulated, created=datetime.now(UTC))
        slug = _slug_of(rows)
        if slug is not None:
            return self._store(case, rows, slug)
        folder = self._paths.new_case(name)
        try:
            return self._store(case, rows, folder.name)
        except BaseException:
            folder.rmdir()
            raise

    def all(self) -> list[Case]:
        """Every case, in the order of import."""
        with self._database.reading() as session:
            return [_case(row) for row in session.scalars(select(CaseRow).order_by(CaseRow.id))]

    def get(self, case_id: int) -> Case:
        """The case with that id.

        Raises:
            UserError: NOT_FOUND.
        """
        with self._database.reading() as session:
            row = found(session, CaseRow, case_id)
        return _case(row)

    def by_name(self, name: str) -> Case:
        """The case with that name.

        Raises:
            UserError: NOT_FOUND.
        """
        with self._database.reading() as session:
            row = session.scalar(select(CaseRow).where(CaseRow.name == name))
        if row is None:
            raise not_found("case", name)
        return _case(row)

    def find(self, *, patient: str, exam: str) -> Case | None:
        """The case of that exam, or None: tells an import what it has already."""
        with self._database.reading() as session:
            row = _by_exam(session, patient=patient, exam=exam)
        return None if row is None else _case(row)

    def series(self, case_id: int, role: Role | None = None) -> list[Series]:
        """Series of a case, of one role or all, in the order they were added."""
        query = select(SeriesRow).where(SeriesRow.case_id == case_id).order_by(SeriesRow.id)
        if role is not None:
            query = query.where(SeriesRow.role == role.value)
        with self._database.reading() as session:
            return [self._series(row) for row in session.scalars(query)]

    def all_series(self) -> list[Series]:
        """Series of every case, case by case."""
        with self._database.reading() as session:
            rows = session.scalars(select(SeriesRow).order_by(SeriesRow.case_id, SeriesRow.id))
            return [self._series(row) for row in rows]

    def first(self, case_id: int, role: Role) -> Series | None:
        """The first series of that role, or None."""
        return next(iter(self.series(case_id, role)), None)

    def _store(self, case: CaseRow, rows: Sequence[SeriesRow], slug: str) -> Case:
        case.slug = slug
        try:
            with self._database.writing() as session:
                session.add(case)
                session.flush()
                for row in rows:
                    row.case_id = case.id
                session.add_all(rows)
                session.flush()
                return _case(case)
        except IntegrityError as error:  # another program was faster, or a file belongs to another case
            self._refuse_known(patient=case.patient, exam=case.exam, name=case.name)
            raise _conflict(case.name, "One of its files or folders belongs to another case.") from error

    def _refuse_known(self, *, patient: str, exam: str, name: str) -> None:
        with self._database.reading() as session:
            if _by_exam(session, patient=patient, exam=exam) is not None:
                raise _conflict(name, "This exam is in the study already.")
            if session.scalar(select(CaseRow.id).where(CaseRow.name == name)) is not None:
                raise _conflict(name, "Another exam in the study has this name.")

    def _series_row(self, new: NewSeries) -> SeriesRow:
        relative = self._paths.relative(new.path)
        absolute = self._paths.absolute(relative)
        if not absolute.is_file():
            raise UserError(
                ErrorCode.MISSING_SERIES,
                what=f"The series {new.name} could not be added.",
                why=f"Its file {relative} is not in the study folder.",
                next="Import the exam again.",
            )
        return SeriesRow(
            role=new.role.value,
            name=new.name,
            path=relative,
            b_value=new.b_value,
            calculated=new.calculated,
            time_index=new.time_index,
            time_s=new.time_s,
            sha256=sha256_of(absolute),
            headers=plain(new.headers, what="headers of a series"),
        )

    def _series(self, row: SeriesRow) -> Series:
        return Series(
            id=row.id,
            case_id=row.case_id,
            role=Role(row.role),
            name=row.name,
            path=self._paths.absolute(row.path),
            b_value=row.b_value,
            calculated=row.calculated,
            time_index=row.time_index,
            time_s=row.time_s,
            sha256=row.sha256,
            headers=row.headers,
        )


def _by_exam(session: Session, *, patient: str, exam: str) -> CaseRow | None:
    return session.scalar(select(CaseRow).where(CaseRow.patient == patient, CaseRow.exam == exam))


def _slug_of(rows: Iterable[SeriesRow]) -> str | None:
    folders = {parts[1] for row in rows if len(parts := PurePosixPath(row.path).parts) > 2 and parts[0] == "cases"}
    return folders.pop() if len(folders) == 1 else None


def _case(row: CaseRow) -> Case:
    return Case(
        id=row.id,
        patient=row.patient,
        exam=row.exam,
        name=row.name,
        slug=row.slug,
        simulated=row.simulated,
        created=row.created,
    )


def _require(**fields: Any) -> None:
    for field, value in fields.items():
        if not value.strip():
            raise bad_values(
                "The case could not be added.",
                f"Its {field} is empty.",
                f"Give the case a {field} and import it again.",
            )


def _conflict(name: str, why: str) -> UserError:
    return UserError(
        ErrorCode.CONFLICT,
        what=f"The case {name} was not added.",
        why=why,
        next="Nothing was changed; leave it as it is, or import the exam under another name.",
    )
