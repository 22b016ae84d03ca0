"""The tables, as SQLAlchemy sees them. The database itself is made by the migrations; a test keeps both equal."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    MetaData,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Constraints have names, so that a later migration can change them."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: UTC in the database, with its time zone in Python. SQLite keeps no zone, so reading adds it."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time must carry its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {dict[str, Any]: JSON(none_as_null=True), datetime: UtcDateTime(), float: Double()}


_NEVER_REUSE_IDS = {"sqlite_autoincrement": True}
"""Folders and hashes refer to ids, so SQLite must not hand out an id a second time."""


class StudyRow(Base):
    """One row: which study this database belongs to."""

    __tablename__ = "study"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    created: Mapped[datetime]


class CaseRow(Base):
    __tablename__ = "cases"
    __table_args__ = (UniqueConstraint("patient", "exam"), _NEVER_REUSE_IDS)
    id: Mapped[int] = mapped_column(primary_key=True)
    patient: Mapped[str]
    exam: Mapped[str]
    name: Mapped[str] = mapped_column(unique=True)
    slug: Mapped[str] = mapped_column(unique=True)
    simulated: Mapped[bool]
    created: Mapped[datetime]


class SeriesRow(Base):
    __tablename__ = "series"
    __table_args__ = _NEVER_REUSE_IDS
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    role: Mapped[str]
    name: Mapped[str]
    path: Mapped[str] = mapped_column(unique=True)
    b_value: Mapped[float | None]
    calculated: Mapped[bool | None]
    time_index: Mapped[int | None]
    time_s: Mapped[float | None]
    sha256: Mapped[str]
    headers: Mapped[dict[str, Any]]


class ReaderRow(Base):
    __tablename__ = "readers"
    __table_args__ = _NEVER_REUSE_IDS
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    created: Mapped[datetime]


class ReadingRow(Base):
    """Append-only: triggers of the migrations refuse UPDATE and DELETE."""

    __tablename__ = "readings"
    __table_args__ = (
        CheckConstraint("protocol IN ('bpmri', 'mpmri')", name="protocol"),
        CheckConstraint("active_s >= 0", name="active_s"),
        CheckConstraint('"repeat" >= 0', name="repeat"),
        _NEVER_REUSE_IDS,
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    reader_id: Mapped[int] = mapped_column(ForeignKey("readers.id"), index=True)
    form: Mapped[str]
    form_version: Mapped[str]
    protocol: Mapped[str]
    values: Mapped[dict[str, Any]]
    exam_score: Mapped[int | None]
    scores: Mapped[dict[str, Any]]
    technical: Mapped[dict[str, Any]]
    visual: Mapped[dict[str, Any]]
    started: Mapped[datetime]
    finished: Mapped[datetime]
    active_s: Mapped[float]
    software_version: Mapped[str]
    sha256: Mapped[str]
    supersedes: Mapped[int | None] = mapped_column(ForeignKey("readings.id"), unique=True)
    repeat: Mapped[int] = mapped_column(server_default="0")


class AdjudicationRow(Base):
    """Append-only, with the readings that it settles."""

    __tablename__ = "adjudications"
    __table_args__ = (CheckConstraint("protocol IN ('bpmri', 'mpmri')", name="protocol"), _NEVER_REUSE_IDS)
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    reader_id: Mapped[int] = mapped_column(ForeignKey("readers.id"))
    form: Mapped[str]
    form_version: Mapped[str]
    protocol: Mapped[str]
    values: Mapped[dict[str, Any]]
    exam_score: Mapped[int | None]
    scores: Mapped[dict[str, Any]]
    note: Mapped[str]
    decided: Mapped[datetime]
    software_version: Mapped[str]
    sha256: Mapped[str]
    supersedes: Mapped[int | None] = mapped_column(ForeignKey("adjudications.id"), unique=True)


class AdjudicatedReadingRow(Base):
    __tablename__ = "adjudicated_readings"
    adjudication_id: Mapped[int] = mapped_column(ForeignKey("adjudications.id"), primary_key=True)
    reading_id: Mapped[int] = mapped_column(ForeignKey("readings.id"), primary_key=True)


class RunRow(Base):
    __tablename__ = "runs"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'running', 'done', 'failed', 'cancelled')", name="status"),
        _NEVER_REUSE_IDS,
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    status: Mapped[str]
    title: Mapped[str]
    config: Mapped[dict[str, Any]]
    seed: Mapped[int] = mapped_column(BigInteger)
    versions: Mapped[dict[str, Any]]
    results: Mapped[dict[str, Any]]
    created: Mapped[datetime]
    started: Mapped[datetime | None]
    finished: Mapped[datetime | None]
    error: Mapped[dict[str, Any] | None]


class SaidColumns:
    """What annotations and answers have in common. Append-only: triggers refuse UPDATE and DELETE of both."""

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    task: Mapped[str]
    origin: Mapped[str]
    reader_id: Mapped[int | None] = mapped_column(ForeignKey("readers.id"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"))
    source: Mapped[str]
    status: Mapped[str]
    sha256: Mapped[str]
    created: Mapped[datetime]

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            CheckConstraint("origin IN ('reader', 'model', 'imported')", name="origin"),
            CheckConstraint("status IN ('draft', 'accepted', 'corrected', 'rejected')", name="status"),
            CheckConstraint("origin <> 'reader' OR reader_id IS NOT NULL", name="reader"),
            _NEVER_REUSE_IDS,
        )


class AnnotationRow(SaidColumns, Base):
    __tablename__ = "annotations"
    path: Mapped[str]
    supersedes: Mapped[int | None] = mapped_column(ForeignKey("annotations.id"), index=True)
    changes: Mapped[dict[str, Any] | None]


class AnswerRow(SaidColumns, Base):
    __tablename__ = "answers"
    values: Mapped[dict[str, Any]]
    probabilities: Mapped[dict[str, Any] | None]
    software_version: Mapped[str]
    supersedes: Mapped[int | None] = mapped_column(ForeignKey("answers.id"), unique=True)


class ModelRow(Base):
    __tablename__ = "models"
    __table_args__ = _NEVER_REUSE_IDS
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    card: Mapped[str]
    folder: Mapped[str]
    sha256: Mapped[str]
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"))
    task: Mapped[str | None]
    created: Mapped[datetime]


class SplitRow(Base):
    """Append-only, with its members: what was tested on stays what was tested on."""

    __tablename__ = "splits"
    __table_args__ = _NEVER_REUSE_IDS
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    seed: Mapped[int] = mapped_column(BigInteger)
    fractions: Mapped[dict[str, Any]]
    created: Mapped[datetime]


class SplitMemberRow(Base):
    __tablename__ = "split_members"
    __table_args__ = (CheckConstraint("part IN ('train', 'validate', 'test')", name="part"),)
    split_id: Mapped[int] = mapped_column(ForeignKey("splits.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    part: Mapped[str]
