"""A study: a folder with its database, opened as one object that hands out its records."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from sqlalchemy import select

from ..common.errors import ErrorCode, UserError
from ..common.yaml_config import load_yaml, save_yaml
from .adjudications import Adjudications
from .annotations import Annotations
from .answers import Answers
from .blinding import label_of
from .cases import Cases
from .database import Database, parse_url
from .forms import StudyForms
from .models import Models
from .paths import StudyPaths
from .readers import Readers
from .readings import Readings
from .records import Case
from .runs import Runs
from .schema import bring_up_to_date, make_schema, revision_of
from .settings import StudyFile, StudySettings
from .splits import Splits
from .tables import StudyRow

if TYPE_CHECKING:
    from .verification import Problem


class Study:
    """Cases, series, readers, readings, adjudications, annotations, answers, models, runs and splits of one folder.

    Use it as a context manager, or call `close`. Several programs may have the same study open at once.
    """

    def __init__(self, paths: StudyPaths, file: StudyFile, database: Database) -> None:
        self.paths = paths
        self.database = database
        self._file = file
        self.cases = Cases(database, paths)
        self.readers = Readers(database)
        self.readings = Readings(database)
        self.forms = StudyForms(paths)
        self.adjudications = Adjudications(database)
        self.annotations = Annotations(database, paths)
        self.answers = Answers(database)
        self.models = Models(database, paths)
        self.runs = Runs(database, paths)
        self.splits = Splits(database)

    @classmethod
    def create(
        cls, folder: Path, *, name: str, settings: StudySettings | None = None, url: str | None = None
    ) -> Study:
        """Make a study in `folder`, which is made when absent.

        Args:
            url: a PostgreSQL database shared by several stations, e.g. `postgresql://user@server/database`; its
                password is used but not stored. None keeps the database in the folder.

        Raises:
            UserError: CONFLICT when there is a study already, BAD_CONFIG for a URL that cannot be used.
        """
        paths = StudyPaths(folder)
        if not name.strip():
            raise UserError(
                ErrorCode.BAD_CONFIG,
                what="The study could not be created.",
                why="It has no name.",
                next="Give the study a name.",
            )
        if paths.settings.exists() or (url is None and paths.database.exists()):
            raise _exists(str(folder))
        for part in (paths.folder, paths.cases, paths.annotations, paths.runs, paths.exports):
            _make_folder(part)
        kept_url = None if url is None else parse_url(url).render_as_string(hide_password=False)
        stored_url = None if url is None else parse_url(url).set(password=None).render_as_string()
        file = StudyFile(
            id=uuid.uuid4().hex, name=name.strip(), database=stored_url, settings=settings or StudySettings()
        )
        database = _database(paths, kept_url)
        try:
            with database.reading() as session:
                taken = revision_of(session.connection()) is not None
            if taken:
                raise _exists("this database")
            make_schema(database)
            with database.writing() as session:
                session.add(StudyRow(id=file.id, name=file.name, created=datetime.now(UTC)))
            # Last: a folder is a study from this moment on.
            save_yaml(paths.settings, file)
        except BaseException:
            database.close()
            raise
        return cls(paths, file, database)

    @classmethod
    def open(cls, folder: Path, *, url: str | None = None) -> Study:
        """Open the study in `folder`; an older database is upgraded after a copy `study.sqlite.bak-<revision>`.

        Args:
            url: overrides the database in `study.yaml`, e.g. to give a password.

        Raises:
            UserError: NO_STUDY when there is none, STUDY_VERSION when a newer version made it, BAD_CONFIG when
                `study.yaml` cannot be used.
        """
        paths = StudyPaths(folder)
        if not paths.settings.is_file():
            raise _none(f"{folder} holds no study.yaml.")
        file = load_yaml(paths.settings, StudyFile)
        url = url or file.database
        if url is None and not paths.database.is_file():
            raise _none(f"{folder} holds no study.sqlite.")
        database = _database(paths, url)
        try:
            bring_up_to_date(database, file=paths.database if url is None else None)
            with database.reading() as session:
                found = session.scalar(select(StudyRow.id))
            if found != file.id:
                raise _none("Its study.yaml and its database belong to different studies.")
        except BaseException:
            database.close()
            raise
        return cls(paths, file, database)

    @property
    def folder(self) -> Path:
        return self.paths.folder

    @property
    def name(self) -> str:
        return self._file.name

    @property
    def settings(self) -> StudySettings:
        return self._file.settings

    def save_settings(self, settings: StudySettings) -> None:
        """Write new settings to `study.yaml`."""
        file = self._file.model_copy(update={"settings": settings})
        save_yaml(self.paths.settings, file)
        self._file = file

    def display_name(self, case: Case) -> str:
        """What to call a case on screen and in reports: `Case 0007` where the study is blinded, else its name.

        A simulated case says so either way.
        """
        return label_of(case, blinded=self.settings.blinded)

    def verify(self) -> list[Problem]:
        """Compare records with files and hashes; an empty list means that nothing is missing or changed."""
        from .verification import verify

        return verify(self)

    def close(self) -> None:
        """Close the database. Records that were handed out stay valid."""
        self.database.close()

    def __enter__(self) -> Study:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _database(paths: StudyPaths, url: str | None) -> Database:
    return Database.in_file(paths.database) if url is None else Database(parse_url(url))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            ErrorCode.NO_STUDY,
            what=f"The study could not be created in {folder}.",
            why=f"The folder cannot be made: {error.strerror}.",
            next="Choose a folder that you may write to.",
        ) from error


def _exists(where: str) -> UserError:
    return UserError(
        ErrorCode.CONFLICT,
        what="The study could not be created.",
        why=f"There is a study in {where} already.",
        next="Open that study, or choose an empty folder.",
    )


def _none(why: str) -> UserError:
    return UserError(
        ErrorCode.NO_STUDY,
        what="The study could not be opened.",
        why=why,
        next="Choose the folder that holds the study, or create a study there.",
    )
