"""What a running job may do to the outside: tell, warn, hand over files, and ask whether to stop."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from ...common.errors import ErrorCode
from ...common.files import sha256_of
from ..protocol.events import AnyEvent, Artifact, Log, Metric, Progress, Warned
from ..protocol.jobs import Quality


class Stopped(Exception):  # noqa: N818 - an order that was followed, not an error
    """The job was asked to stop and does."""


class JobContext:
    """Passed to every job.

    Args:
        emit: takes each event.
        asked_to_stop: true once the job should end.
        request: stamped on every event, for a request of a serving engine.
    """

    def __init__(
        self,
        emit: Callable[[AnyEvent], None],
        *,
        asked_to_stop: Callable[[], bool] = lambda: False,
        request: str | None = None,
    ) -> None:
        self._emit = emit
        self._asked_to_stop = asked_to_stop
        self._request = request
        self._warned: set[tuple[str | None, ...]] = set()

    def asked_to_stop(self) -> bool:
        """Whether a stop was asked for."""
        return self._asked_to_stop()

    def stop_if_asked(self) -> None:
        """Called between batches. Raises Stopped once a stop was asked for."""
        if self._asked_to_stop():
            raise Stopped

    def emit(self, event: AnyEvent) -> None:
        """Send an event as it is, with this job's request id."""
        self._emit(event.model_copy(update={"request": self._request}) if self._request else event)

    def log(self, text: str) -> None:
        self.emit(Log(text=text))

    def progress(self, done: int, total: int, *, unit: str, eta_s: float | None = None) -> None:
        self.emit(Progress(done=done, total=total, unit=unit, eta_s=eta_s))

    def metric(
        self,
        name: str,
        value: float | None,
        *,
        unit: str = "",
        epoch: int | None = None,
        step: int | None = None,
        case: str | None = None,
        label: str | None = None,
        stratum: Quality | Literal["all"] | None = None,
        why: str | None = None,
    ) -> None:
        """One number; what is not finite is told as None with the reason."""
        if value is not None and not math.isfinite(value):
            value, why = None, why or "The value is not a finite number."
        self.emit(
            Metric(
                name=name,
                value=value,
                unit=unit,
                epoch=epoch,
                step=step,
                case=case,
                label=label,
                stratum=stratum,
                why=why,
            )
        )

    def warn(self, code: ErrorCode, *, what: str, why: str, next: str, case: str | None = None) -> None:
        """Tell what the user should know though the job goes on; the same thing is told once."""
        said = (code.value, what, why, case)
        if said not in self._warned:
            self._warned.add(said)
            self.emit(Warned(code=code, what=what, why=why, next=next, case=case))

    def artifact(self, role: str, path: Path, *, case: str | None = None) -> None:
        """Announce a complete file."""
        self.emit(Artifact(role=role, path=path, sha256=sha256_of(path), case=case))


class Pace:
    """Estimates the seconds to go from the time that the last units took, so that one slow start fades."""

    def __init__(self, total: int, *, done: int = 0, memory: int = 20) -> None:
        self._total, self._memory = total, memory
        self._marks = [(done, time.monotonic())]

    def eta_s(self, done: int) -> float | None:
        """Seconds until `total`, having just finished `done`; None before anything was finished."""
        self._marks.append((done, time.monotonic()))
        self._marks = self._marks[-self._memory :]
        (first, began), (last, now) = self._marks[0], self._marks[-1]
        return (now - began) / (last - first) * (self._total - done) if last > first else None
