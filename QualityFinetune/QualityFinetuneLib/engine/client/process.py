"""The worker as a child process: lines in, events out, and nothing left behind."""

from __future__ import annotations

import queue
from pathlib import Path

from ...common.errors import ErrorCode, UserError
from ..protocol.events import AnyEvent, Done, Started, ends_job
from ..protocol.job_file import AnyJob, save_job
from ..protocol.jobs import CancelRequest, PredictJob, Request
from .connection import Connection
from .python import child_environment, engine_python
from .standby import ARGUMENT as STANDBY
from .standby import Standby


class WorkerProcess:
    """Runs jobs, one at a time, each in a worker process of its own. Satisfies `interface.Engine`.

    With a `standby`, a worker that stands by gets the job, and goes back there once it is done; one whose job failed
    or was cancelled ends, so nothing of that is left to the next.

    Args:
        python: which Python runs the worker; None asks the environment, then takes the present one.
        standby: keeps a worker ready between jobs; None starts one for each job.
    """

    def __init__(self, *, python: Path | None = None, standby: Standby | None = None) -> None:
        self._python, self._standby = python, standby
        self._connection: Connection | None = None
        self._events: queue.SimpleQueue[AnyEvent] = queue.SimpleQueue()
        self._ended = True
        self._undisturbed = self._done = False
        self._requests = 0

    @property
    def running(self) -> bool:
        """True from `start` until the final event has been handed out by `poll`."""
        return not self._ended

    @property
    def pid(self) -> int | None:
        """Process id of the child, None before the first start."""
        return self._connection.process.pid if self._connection else None

    @property
    def exit_code(self) -> int | None:
        """Exit code of the last worker, None while it runs."""
        return self._connection.process.poll() if self._connection else None

    @property
    def stderr_tail(self) -> list[str]:
        """The last lines the worker wrote on stderr: what its libraries had to say."""
        return list(self._connection.stderr) if self._connection else []

    def start(self, job: AnyJob) -> None:
        """Write `job.yaml` into the job's output folder and start a worker on it.

        Raises:
            UserError: CONFLICT when a job is running, BAD_CONFIG when the chosen Python does not exist or start.
        """
        if self.running:
            raise UserError(
                ErrorCode.CONFLICT,
                what="The engine is busy.",
                why="It does one job at a time, and the last one has not ended.",
                next="Wait for it to end, or cancel it first.",
            )
        if not self._stays():
            self._release()
        python = engine_python(self._python)
        job_file = save_job(job)
        try:
            self._connection = self._standing_by(python, job_file) or self._started(python, job_file)
        except OSError as error:
            raise UserError(
                ErrorCode.BAD_CONFIG,
                what=f"The engine could not be started with {python}.",
                why=f"{error}.",
                next="Choose another Python in the settings.",
            ) from error
        self._events = self._connection.events
        self._ended, self._undisturbed, self._done = False, True, False

    def _standing_by(self, python: Path, job_file: Path) -> Connection | None:
        found = self._standby.take(python, child_environment(python)) if self._standby is not None else None
        if found is None:
            return None
        found.begin()
        if found.send(str(job_file)):
            return found
        found.end(timeout_s=0.0)
        return None

    def _started(self, python: Path, job_file: Path) -> Connection:
        environment = child_environment(python)
        if self._standby is None:
            return Connection(python, [str(job_file)], environment, job=True)
        started = Connection(python, [STANDBY], environment, job=True)
        started.send(str(job_file))  # one that is gone already tells so itself
        return started

    def poll(self) -> list[AnyEvent]:
        """The events since the last call, oldest first. Never blocks."""
        events: list[AnyEvent] = []
        while not self._events.empty():
            events.append(self._take(self._events.get()))
        return events

    def wait(self, *, timeout_s: float) -> list[AnyEvent]:
        """Like `poll`, but waits up to `timeout_s` for the first event."""
        if self._ended:
            return self.poll()
        try:
            first = self._events.get(timeout=timeout_s)
        except queue.Empty:
            return []
        return [self._take(first), *self.poll()]

    def request(self, job: PredictJob) -> str:
        """Hand a predict job to a running `serve` job; returns the id its events will carry."""
        self._requests += 1
        name = f"r{self._requests}"
        self._send(Request(request=name, job=job).model_dump_json())
        return name

    def cancel(self, request: str | None = None) -> None:
        """Ask the worker to stop at the next batch; with `request`, stop only that request of a serving engine."""
        self._undisturbed = False
        self._send("cancel" if request is None else CancelRequest(cancel=request).model_dump_json())

    def close(self, *, timeout_s: float = 10.0) -> None:
        """End the worker and whatever it started: ask, wait up to `timeout_s`, then kill. Leaves no process.

        One whose job is done goes to the `standby` instead, if there is one.
        """
        if self._connection is not None and not self._stays():
            self._connection.end(timeout_s=timeout_s)
            self._release()
        self._ended = True

    def _stays(self) -> bool:
        """Leave a worker whose job is done to the standby, if it takes it."""
        connection, standby = self._connection, self._standby
        if connection is None or standby is None or not (self._done and self._undisturbed):
            return False
        if standby.keep(connection):
            self._connection = None
            return True
        return False

    def _take(self, event: AnyEvent) -> AnyEvent:
        if isinstance(event, Started) and self._connection is not None:
            self._connection.tree.add(event.pid)
        if ends_job(event):
            self._ended = True
            self._done = isinstance(event, Done)
        return event

    def _send(self, line: str) -> None:
        if self._connection is not None:  # where the worker is gone, its final event tells so
            self._connection.send(line)

    def _release(self) -> None:
        """Forget a worker that ended, leaving no open pipe."""
        if self._connection is not None:
            self._connection.close_stdin()
            self._connection = None
