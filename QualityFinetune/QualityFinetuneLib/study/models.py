"""Models that runs of this study made, or that were put into its folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from .database import Database
from .errors import bad_values, not_found
from .paths import StudyPaths
from .records import Model
from .rows import found
from .tables import ModelRow, RunRow


class Models:
    """The models of a study."""

    def __init__(self, database: Database, paths: StudyPaths) -> None:
        self._database = database
        self._paths = paths

    def add(
        self,
        *,
        name: str,
        card: str,
        folder: Path,
        sha256: str,
        run_id: int | None = None,
        task: str | None = None,
    ) -> Model:
        """Record a model whose folder is complete and in the study folder already.

        Args:
            sha256: hash of its weights file.

        Raises:
            UserError: NOT_FOUND for an unknown run, BAD_VALUES when there is no such folder, BAD_CONFIG when it
                lies outside the study folder.
        """
        relative = self._paths.relative(folder)
        if not self._paths.absolute(relative).is_dir():
            raise bad_values(
                f"The model {name} could not be recorded.", f"There is no folder {relative}.", "Repeat the run."
            )
        with self._database.writing() as session:
            if run_id is not None:
                found(session, RunRow, run_id)
            row = ModelRow(
                name=name,
                card=card,
                folder=relative,
                sha256=sha256,
                run_id=run_id,
                task=task,
                created=datetime.now(UTC),
            )
            session.add(row)
            session.flush()
            return self._model(row)

    def all(self, task: str | None = None) -> list[Model]:
        """Every model, of one task or of all, oldest first."""
        query = select(ModelRow).order_by(ModelRow.id)
        if task is not None:
            query = query.where(ModelRow.task == task)
        with self._database.reading() as session:
            return [self._model(row) for row in session.scalars(query)]

    def get(self, model_id: int) -> Model:
        """The model with that id.

        Raises:
            UserError: NOT_FOUND.
        """
        with self._database.reading() as session:
            row = found(session, ModelRow, model_id)
        return self._model(row)

    def by_name(self, name: str) -> Model:
        """The newest model with that name.

        Raises:
            UserError: NOT_FOUND.
        """
        query = select(ModelRow).where(ModelRow.name == name).order_by(ModelRow.id.desc()).limit(1)
        with self._database.reading() as session:
            row = session.scalar(query)
        if row is None:
            raise not_found("model", name)
        return self._model(row)

    def _model(self, row: ModelRow) -> Model:
        return Model(
            id=row.id,
            name=row.name,
            card=row.card,
            folder=self._paths.absolute(row.folder),
            sha256=row.sha256,
            run_id=row.run_id,
            task=row.task,
            created=row.created,
        )
