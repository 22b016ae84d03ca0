"""Follow one run: start it, take in what the engine says, record it, tell the panels. No Qt; a timer polls it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ..common.errors import UserError
from ..engine.client.interface import Engine
from ..engine.protocol.events import (
    AnyEvent,
    Cancelled,
    Done,
    Failed,
    Log,
    Metric,
    Progress,
    Started,
    Warned,
    ends_job,
)
from ..study.study import Study
from ..workflow.prepared import PreparedRun
from ..workflow.recording import RunRecorder, engine_ended_without_a_word
from ..workflow.results import SMALLER_IS_BETTER, metric_of
from .signal import Signal

LEND_S = 0.003
"""How long each poll lets go of Python's lock: Slicer's main thread keeps it while it waits for the mouse, and the
threads that read the engine's words would not advance otherwise."""

EngineFactory = Callable[[Path | None], Engine]
RunState = Literal["idle", "starting", "running", "cancelling", "done", "cancelled", "failed"]


@dataclass
class RunProgress:
    """What a panel shows about a run.

    Attributes:
        done: units finished of `total`.
        eta_s: seconds to go as the engine estimates it, None while unknown.
        curve: (epoch, value) of the validation metric `curve_name`, as they came.
        loss: the last training loss.
        warnings: what the engine had to point out, once each.
        estimated_memory_gb: what the engine reckons that the run needs; `estimated_s` how long it takes in all.
    """

    kind: str = ""
    run_id: int | None = None
    state: RunState = "idle"
    done: int = 0
    total: int = 0
    unit: str = "step"
    eta_s: float | None = None
    device: str = ""
    note: str = ""
    loss: float | None = None
    curve_name: str = ""
    curve: list[tuple[int, float]] = field(default_factory=list)
    warnings: list[Warned] = field(default_factory=list)
    failure: UserError | None = None
    elapsed_s: float = 0.0
    estimated_memory_gb: float | None = None
    estimated_s: float | None = None

    @property
    def active(self) -> bool:
        """True while the engine works."""
        return self.state in ("starting", "running", "cancelling")

    @property
    def fraction(self) -> float:
        """Share that is done, 0 to 1."""
        return self.done / self.total if self.total else 0.0

    @property
    def best(self) -> float | None:
        """Best validation value so far."""
        best = min if self.curve_name in SMALLER_IS_BETTER else max
        return best((value for _epoch, value in self.curve), default=None)


class RunMonitor:
    """One run at a time, whichever panel started it.

    Args:
        engine_factory: makes the engine for a run; its argument is the Python that the study names, or None.
    """

    def __init__(self, engine_factory: EngineFactory) -> None:
        self.progress = RunProgress()
        self.changed = Signal()
        self.ended = Signal()
        self._engine_factory = engine_factory
        self._engine: Engine | None = None
        self._recorder: RunRecorder | None = None
        self._started_at = 0.0
        self._metric = "dice"

    def start(self, study: Study, prepared: PreparedRun) -> None:
        """Start the engine on a prepared run.

        Raises:
            UserError: the engine cannot be started, or is busy; the run is recorded as failed.
        """
        engine = self._engine_factory(study.settings.engine_python)
        recorder = RunRecorder(study, prepared.run)
        try:
            engine.start(prepared.job)
        except UserError as error:
            recorder.fail(error)
            raise
        self._engine, self._recorder = engine, recorder
        self._started_at = time.monotonic()
        self._metric = metric_of(prepared.run)
        self.progress = RunProgress(kind=prepared.run.kind, run_id=prepared.run.id, state="starting")
        self.changed.emit()

    def poll(self) -> None:
        """Take in what the engine said since the last call; takes no longer than a moment."""
        if self._engine is None:
            return
        time.sleep(LEND_S)
        events = self._engine.poll()
        self.progress.elapsed_s = time.monotonic() - self._started_at
        for event in events:
            if self._recorder is not None:
                self._recorder.record(event)
            self._note(event)
        if events:
            self.changed.emit()
        if not self.progress.active:
            self._engine.close(timeout_s=1.0)
            self._engine, self._recorder = None, None
            self.ended.emit(self.progress)

    def cancel(self) -> None:
        """Ask the engine to stop at the next batch; the best result so far is kept."""
        if self._engine is not None and self.progress.active:
            self._engine.cancel()
            self.progress.state = "cancelling"
            self.changed.emit()

    def close(self, *, timeout_s: float = 3.0) -> None:
        """Stop the engine and leave no process behind; what it still said is recorded."""
        engine, recorder = self._engine, self._recorder
        self._engine, self._recorder = None, None
        if engine is None:
            return
        engine.close(timeout_s=timeout_s)
        events = engine.poll()
        if recorder is not None:
            for event in events:
                recorder.record(event)
            if not any(ends_job(event) for event in events):
                recorder.fail(engine_ended_without_a_word())
        self.progress.state = "cancelled"

    def _note(self, event: AnyEvent) -> None:
        progress = self.progress
        if event.request is not None:
            return
        if isinstance(event, Started):
            progress.device = event.device
            progress.state = "running" if progress.state == "starting" else progress.state
        elif isinstance(event, Progress):
            progress.done, progress.total, progress.unit = event.done, event.total, event.unit
            progress.eta_s = event.eta_s
        elif isinstance(event, Metric):
            self._note_metric(event)
        elif isinstance(event, Warned):
            if all(event.what != known.what for known in progress.warnings):
                progress.warnings.append(event)
        elif isinstance(event, Log):
            progress.note = event.text
        elif isinstance(event, Failed):
            progress.state = "failed"
            progress.failure = UserError(event.code, what=event.what, why=event.why, next=event.next)
        elif isinstance(event, Cancelled):
            progress.state = "cancelled"
        elif isinstance(event, Done):
            progress.state = "done"
            progress.done = progress.total

    def _note_metric(self, event: Metric) -> None:
        if event.value is None:
            return
        of_all = event.case is None and event.label is None and event.stratum in (None, "all")
        if event.name == "estimated_memory":
            self.progress.estimated_memory_gb = event.value
        elif event.name == "estimated_time":
            self.progress.estimated_s = event.value
        elif "loss" in event.name:
            self.progress.loss = event.value
        elif self._metric in event.name and event.epoch is not None and of_all:
            self.progress.curve_name = event.name
            self.progress.curve.append((event.epoch, event.value))
