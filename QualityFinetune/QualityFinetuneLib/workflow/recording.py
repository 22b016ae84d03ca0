"""What an engine says becomes what the study knows: status, drafts, models, results. Each thing as it comes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..common.errors import ErrorCode, UserError
from ..common.files import sha256_of
from ..engine.protocol.answer_file import read_answer
from ..engine.protocol.events import AnyEvent, Artifact, Cancelled, Done, Failed, Metric, Started, Warned
from ..models.meta import WEIGHTS
from ..study.records import NewAnnotation, NewAnswer, Run
from ..study.study import Study
from .prepared import case_id_of
from .run_files import KEPT_FILES, file_entry


class RunRecorder:
    """Takes the events of one run, in order. Taking the same events twice records nothing twice.

    Drafts and models are rows as soon as their files are complete, so a crash of whoever records loses nothing
    that was recorded, and `resuming.catch_up` finds the rest in the run's own record.

    Args:
        study: receives the rows.
        run: the run, as `prepare_...` recorded it.
    """

    def __init__(self, study: Study, run: Run) -> None:
        self._study = study
        self.run = run
        self._metrics: list[dict[str, Any]] = []
        self._warnings: list[dict[str, Any]] = []
        self._files: list[dict[str, Any]] = []
        self._device: str | None = None
        self._open = run.status in ("pending", "running")

    def record(self, event: AnyEvent) -> None:
        """Take one event."""
        match event:
            case Started():
                self._started(event)
            case Metric():
                self._metrics.append(event.model_dump(exclude={"event", "version", "request"}, exclude_none=True))
            case Warned():
                self._warnings.append(event.model_dump(exclude={"event", "version", "request"}, exclude_none=True))
            case Artifact():
                self._artifact(event)
            case Done():
                self._finish("done", results={"elapsed_s": event.elapsed_s})
            case Cancelled():
                self._finish("cancelled")
            case Failed():
                self.fail(UserError(event.code, what=event.what, why=event.why, next=event.next))
            case _:
                pass  # progress and log lines are for whoever watches

    def fail(self, error: UserError) -> None:
        """The run ended without doing what it was for; also for an engine that could not be started."""
        self._finish("failed", error=error.as_dict())

    def _started(self, event: Started) -> None:
        self._metrics.clear()
        self._warnings.clear()
        self._files.clear()
        self._device = event.device
        versions = {**event.versions, "device": event.device, "engine_pid": str(event.pid)}
        self.run = self._study.runs.start(self.run.id, versions)
        self._open = True

    def _artifact(self, event: Artifact) -> None:
        if event.role == "prediction" and event.case is not None:
            self._add_draft(case_id_of(event.case), event.path, event.sha256)
        elif event.role == "answer" and event.case is not None:
            self._add_answer(case_id_of(event.case), event.path)
        elif event.role == "model":
            self._add_model(event.path, event.sha256)
        elif event.role in KEPT_FILES:
            self._files.append(file_entry(event, self.run.folder))

    def _add_draft(self, case_id: int, path: Path, sha256: str) -> None:
        task = str(self.run.config["task"])
        known = {(a.run_id, a.sha256) for a in self._study.annotations.history(case_id, task) if a.origin == "model"}
        if (self.run.id, sha256) in known:
            return
        self._study.annotations.add(
            NewAnnotation(
                case_id=case_id,
                task=task,
                origin="model",
                status="draft",
                path=path,
                source=str(self.run.config["model"]),
                run_id=self.run.id,
            )
        )

    def _add_answer(self, case_id: int, path: Path) -> None:
        if any(answer.case_id == case_id for answer in self._study.answers.of_run(self.run.id)):
            return
        found = read_answer(path)
        self._study.answers.add(
            NewAnswer(
                case_id=case_id,
                task=str(self.run.config["task"]),
                origin="model",
                status="draft",
                source=str(self.run.config["model"]),
                run_id=self.run.id,
                values=found.answer,
                probabilities=found.probabilities,
            )
        )

    def _add_model(self, path: Path, sha256: str) -> None:
        folder = path if path.is_dir() else path.parent
        weights = folder / WEIGHTS
        digest = sha256_of(weights) if weights.is_file() else sha256
        if any(model.run_id == self.run.id and model.sha256 == digest for model in self._study.models.all()):
            return
        config = self.run.config
        task = None if config["task"] is None else str(config["task"])
        self._study.models.add(
            name=f"{task or 'pretrained'} {self.run.id}",
            card=str(config["card"]),
            folder=folder,
            sha256=digest,
            run_id=self.run.id,
            task=task,
        )

    def _finish(
        self, status: Any, *, results: dict[str, Any] | None = None, error: dict[str, Any] | None = None
    ) -> None:
        if not self._open:
            return
        self._open = False
        kept = {"metrics": self._metrics, "warnings": self._warnings, **(results or {})}
        if self._files:
            kept["files"] = self._files
        self.run = self._study.runs.finish(self.run.id, status, kept, error)


def engine_ended_without_a_word() -> UserError:
    """For a run whose engine is gone and left no last event."""
    return UserError(
        ErrorCode.ENGINE_DIED,
        what="The run did not end.",
        why="Its engine stopped without a last word: it was killed, or the computer was switched off.",
        next="Resume it; finished epochs and predictions are kept.",
    )
