"""Compare a study's records with its files: what is missing, changed, or belongs to no record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sqlalchemy import text

from ..common.files import sha256_of
from .hashes import adjudication_sha256, answer_sha256, reading_sha256
from .paths import RESERVATION
from .records import Adjudication, Answer, Reading

if TYPE_CHECKING:
    from .study import Study

Chained = Reading | Adjudication | Answer


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is not as recorded.

    Attributes:
        kind: `missing` (a recorded file or folder is gone), `changed` (its hash differs), `orphan` (a file that no
            record names; deleting it loses nothing that is recorded), `database` (SQLite finds itself damaged).
        record: which record it is about, e.g. `series 12`.
        path: the file, None where a row of the database itself changed.
    """

    kind: Literal["missing", "changed", "orphan", "database"]
    record: str
    path: Path | None
    what: str


def verify(study: Study) -> list[Problem]:
    """Every problem found. Reads each file of the study once."""
    return [
        *_database(study),
        *_files(study),
        *_models(study),
        *_chained(study),
        *_orphans(study),
    ]


def _database(study: Study) -> Iterator[Problem]:
    if not study.database.is_sqlite:
        return
    with study.database.reading() as session:
        for (found,) in session.execute(text("PRAGMA integrity_check")):
            if found != "ok":
                yield Problem(kind="database", record="database", path=study.paths.database, what=f"{found}.")
        for table, row, parent, _ in session.execute(text("PRAGMA foreign_key_check")):
            what = f"Row {row} of {table} refers to a row of {parent} that does not exist."
            yield Problem(kind="database", record=f"{table} {row}", path=study.paths.database, what=what)


def _files(study: Study) -> Iterator[Problem]:
    hashes: dict[Path, str] = {}
    recorded = [(f"series {s.id}", s.path, s.sha256) for s in study.cases.all_series()]
    recorded += [(f"annotation {a.id}", a.path, a.sha256) for a in study.annotations.all()]
    for record, path, sha256 in recorded:
        if not path.is_file():
            yield _missing(study, record, path)
            continue
        if path not in hashes:
            hashes[path] = sha256_of(path)
        if hashes[path] != sha256:
            what = f"{_shown(study, path)} is not the file that was recorded."
            yield Problem(kind="changed", record=record, path=path, what=what)


def _models(study: Study) -> Iterator[Problem]:
    for model in study.models.all():
        if not model.folder.is_dir():
            yield _missing(study, f"model {model.id}", model.folder)
        elif not any(sha256_of(file) == model.sha256 for file in sorted(model.folder.iterdir()) if file.is_file()):
            what = f"No file in {_shown(study, model.folder)} has the recorded weights."
            yield Problem(kind="changed", record=f"model {model.id}", path=model.folder, what=what)
    for run in study.runs.all():
        if not run.folder.is_dir():
            yield _missing(study, f"run {run.id}", run.folder)


def _chained(study: Study) -> Iterator[Problem]:
    """Records that hold a hash of their own content and of the record before them."""
    exams = {case.id: case.exam for case in study.cases.all()}
    readers = {reader.id: reader.name for reader in study.readers.all()}
    readings, adjudications, answers = study.readings.all(), study.adjudications.all(), study.answers.all()
    read = _hashes(readings)
    for reading in readings:
        sha256 = reading_sha256(
            reading,
            exam=exams.get(reading.case_id, ""),
            reader=readers.get(reading.reader_id, ""),
            software_version=reading.software_version,
            supersedes_sha256=_before(reading, read),
        )
        yield from _changed(reading, sha256)
    decided = _hashes(adjudications)
    for one in adjudications:
        sha256 = adjudication_sha256(
            one,
            exam=exams.get(one.case_id, ""),
            reader=readers.get(one.reader_id, ""),
            software_version=one.software_version,
            settles_sha256=[read.get(reading_id, "") for reading_id in one.settles],
            supersedes_sha256=_before(one, decided),
        )
        yield from _changed(one, sha256)
    answered = _hashes(answers)
    for answer in answers:
        sha256 = answer_sha256(
            answer,
            exam=exams.get(answer.case_id, ""),
            reader=None if answer.reader_id is None else readers.get(answer.reader_id, ""),
            created=answer.created,
            software_version=answer.software_version,
            supersedes_sha256=_before(answer, answered),
        )
        yield from _changed(answer, sha256)


def _hashes(records: Iterable[Chained]) -> dict[int, str]:
    return {one.id: one.sha256 for one in records}


def _before(record: Chained, hashes: Mapping[int, str]) -> str | None:
    """Hash of the record that this one supersedes; empty where that one is gone, which no hash is."""
    return None if record.supersedes is None else hashes.get(record.supersedes, "")


def _changed(record: Chained, sha256: str) -> Iterator[Problem]:
    if record.sha256 != sha256:
        word = type(record).__name__
        what = f"{word} {record.id} is not as it was saved: its content and its hash differ."
        yield Problem(kind="changed", record=f"{word.lower()} {record.id}", path=None, what=what)


def _orphans(study: Study) -> Iterator[Problem]:
    known = {series.path for series in study.cases.all_series()} | {a.path for a in study.annotations.all()}
    for folder in (study.paths.cases, study.paths.annotations):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path not in known and not path.name.endswith(RESERVATION):
                leftover = path.name.startswith(".")
                why = "is left from an interrupted write" if leftover else "belongs to no record"
                what = f"{_shown(study, path)} {why}."
                yield Problem(kind="orphan", record="file", path=path, what=what)


def _missing(study: Study, record: str, path: Path) -> Problem:
    return Problem(kind="missing", record=record, path=path, what=f"{_shown(study, path)} is missing.")


def _shown(study: Study, path: Path) -> str:
    return path.relative_to(study.folder).as_posix()
