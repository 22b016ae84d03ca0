"""Runs: one finetune, predict or evaluate each, with its config, seed, versions, status and results."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, cast

from sqlalchemy import select

from ..common.errors import ErrorCode, UserError
from .database import Database
from .hashes import plain
from .paths import StudyPaths
from .records import Run, RunStatus
from .rows import found
from .tables import RunRow

FINAL: tuple[RunStatus, ...] = ("done", "failed", "cancelled")


class Runs:
    """The runs of a study: pending, then running, then done, failed or cancelled.

    A run that did not end as done may be started again, which is how it is resumed; one that is done stays.
    """

    def __init__(self, database: Database, paths: StudyPaths) -> None:
        self._database = database
        self._paths = paths

    def create(self, kind: str, title: str, config: Mapping[str, Any], seed: int) -> Run:
        """A pending run with a folder of its own, `runs/<id>/`.

        Args:
            kind: `finetune`, `predict`, `evaluate` ... as the job says.
            config: everything that decides the outcome besides seed and data; plain values.
        """
        with self._database.writing() as session:
            row = RunRow(
                kind=kind,
                status="pending",
                title=title,
                config=plain(config, what="config of a run"),
                seed=seed,
                versions={},
                results={},
                created=datetime.now(UTC),
            )
            session.add(row)
            session.flush()
            # Within the transaction: without a folder there is no run.
            self._paths.run(row.id).mkdir(parents=True, exist_ok=True)
            return self._run(row)

    def start(self, run_id: int, versions: Mapping[str, str]) -> Run:
        """Mark a run as running, for the first time or again.

        Raises:
            UserError: NOT_FOUND; CONFLICT when it is done.
        """
        with self._database.writing() as session:
            row = found(session, RunRow, run_id, lock=True)
            if row.status == "done":
                raise _conflict(run_id, "started", row.status)
            row.status = "running"
            row.versions = plain(versions, what="versions of a run")
            row.started = datetime.now(UTC)
            row.finished = None
            row.error = None
            session.flush()
            return self._run(row)

    def finish(
        self,
        run_id: int,
        status: Literal["done", "failed", "cancelled"],
        results: Mapping[str, Any] | None = None,
        error: Mapping[str, Any] | None = None,
    ) -> Run:
        """Close a run with its results, or with the error that ended it.

        Raises:
            UserError: NOT_FOUND; CONFLICT when it is closed already; BAD_VALUES for results that are no numbers.
        """
        if status not in FINAL:
            raise ValueError(f"a run cannot finish as {status}")
        with self._database.writing() as session:
            row = found(session, RunRow, run_id, lock=True)
            if row.status in FINAL:
                raise _conflict(run_id, "finished", row.status)
            row.status = status
            row.results = plain(results or {}, what="results of a run")
            row.error = None if error is None else plain(error, what="error of a run")
            row.finished = datetime.now(UTC)
            session.flush()
            return self._run(row)

    def all(self, kind: str | None = None) -> list[Run]:
        """Every run, of one kind or of all, oldest first."""
        query = select(RunRow).order_by(RunRow.id)
        if kind is not None:
            query = query.where(RunRow.kind == kind)
        with self._database.reading() as session:
            return [self._run(row) for row in session.scalars(query)]

    def get(self, run_id: int) -> Run:
        """The run with that id.

        Raises:
            UserError: NOT_FOUND.
        """
        with self._database.reading() as session:
            row = found(session, RunRow, run_id)
        return self._run(row)

    def _run(self, row: RunRow) -> Run:
        return Run(
            id=row.id,
            kind=row.kind,
            status=cast(RunStatus, row.status),
            title=row.title,
            config=row.config,
            seed=row.seed,
            versions=row.versions,
            results=row.results,
            folder=self._paths.run(row.id),
            created=row.created,
            started=row.started,
            finished=row.finished,
            error=row.error,
        )


def _conflict(run_id: int, action: str, status: str) -> UserError:
    return UserError(
        ErrorCode.CONFLICT,
        what=f"Run {run_id} could not be {action}.",
        why=f"It is {status} already.",
        next="Start a new run.",
    )
