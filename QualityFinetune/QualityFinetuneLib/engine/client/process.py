"""The worker as a child process: lines in, events out, and nothing left behind."""

from __future__ import annotations

import os
import queue
import subprocess
import threading
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from ...common.errors import ErrorCode, UserError
from ..protocol.events import EVENT, AnyEvent, Log, Started, ends_job
from ..protocol.job_file import AnyJob, save_job
from ..protocol.jobs import CancelRequest, PredictJob, Request
from .death import died
from .process_tree import ProcessTree
from .python import child_environment, engine_python

_STDERR_LINES = 200
_AFTER_EXIT_S = 5.0
"""How long to read on after the process ended; something it started may hold its stdout open for ever."""


class WorkerProcess:
    """Runs jobs, one at a time, each in a worker process of its own. Satisfies `interface.Engine`.

    Threads read the worker's output into a queue; `poll` only empties it and so never blocks.

    Args:
        python: which Python runs the worker; None asks the environment, then takes the present one.
    """

    def __init__(self, *, python: Path | None = None) -> None:
        self._python = python
        self._process: subprocess.Popen[bytes] | None = None
        self._tree: ProcessTree | None = None
        self._events: queue.SimpleQueue[AnyEvent] = queue.SimpleQueue()
        self._stderr: deque[str] = deque(maxlen=_STDERR_LINES)
        self._ended = True
        self._requests = 0
        self._stdin_lock = threading.Lock()

    @property
    def running(self) -> bool:
        """True from `start` until the final event has been handed out by `poll`."""
        return not self._ended

    @property
    def pid(self) -> int | None:
        """Process id of the child, None before the first start."""
        return self._process.pid if self._process else None

    @property
    def exit_code(self) -> int | None:
        """Exit code of the last worker, None while it runs."""
        return self._process.poll() if self._process else None

    @property
    def stderr_tail(self) -> list[str]:
        """The last lines the worker wrote on stderr: what its libraries had to say."""
        return list(self._stderr)

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
        self._release()
        python = engine_python(self._python)
        command = [str(python), "-m", "QualityFinetuneLib.engine", str(save_job(job))]
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=child_environment(python),
                # Ctrl+C in a shell goes to the client alone, which then asks the worker to stop in order.
                start_new_session=os.name != "nt",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise UserError(
                ErrorCode.BAD_CONFIG,
                what=f"The engine could not be started with {python}.",
                why=f"{error}.",
                next="Choose another Python in the settings.",
            ) from error
        self._events = queue.SimpleQueue()
        self._stderr.clear()
        self._ended = False
        self._process = process
        self._tree = ProcessTree(process.pid)
        self._watch(process)

    def poll(self) -> list[AnyEvent]:
        """The events since the last call, oldest first. Never blocks."""
        events = []
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
        self._send("cancel" if request is None else CancelRequest(cancel=request).model_dump_json())

    def close(self, *, timeout_s: float = 10.0) -> None:
        """End the worker and whatever it started: ask, wait up to `timeout_s`, then kill. Leaves no process."""
        process, tree = self._process, self._tree
        if process is None or tree is None:
            return
        self._send("cancel")
        self._close_stdin()
        deadline = time.monotonic() + timeout_s
        while tree.alive() and time.monotonic() < deadline:
            time.sleep(0.02)
        tree.kill()
        with suppress(subprocess.TimeoutExpired):  # hangs in the kernel (a dead network drive): nobody can end it
            process.wait(timeout=5.0)
        self._release()
        self._ended = True

    def _take(self, event: AnyEvent) -> AnyEvent:
        if isinstance(event, Started) and self._tree is not None:
            self._tree.add(event.pid)
        if ends_job(event):
            self._ended = True
        return event

    def _send(self, line: str) -> None:
        stdin = self._process.stdin if self._process else None
        with self._stdin_lock:
            if stdin is None or stdin.closed:
                return
            try:
                stdin.write(line.encode() + b"\n")
                stdin.flush()
            except OSError:  # the worker is gone; its end is told by its final event
                return

    def _close_stdin(self) -> None:
        stdin = self._process.stdin if self._process else None
        with self._stdin_lock:
            if stdin is None or stdin.closed:
                return
            try:
                stdin.close()
            except OSError:  # closing flushes, and there is nobody left to read it
                return

    def _release(self) -> None:
        """Forget an ended worker, leaving neither an open pipe nor an unread exit code."""
        self._close_stdin()
        self._process, self._tree = None, None

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        told = threading.Event()
        events, stderr = self._events, self._stderr
        assert process.stdout is not None and process.stderr is not None
        readers = [
            threading.Thread(target=_read_events, args=(process.stdout, events, told), daemon=True),
            threading.Thread(target=_read_lines, args=(process.stderr, stderr), daemon=True),
        ]
        for reader in readers:
            reader.start()

        def wait_for_end() -> None:
            code = process.wait()
            for reader in readers:
                reader.join(timeout=_AFTER_EXIT_S)
            if not told.is_set():
                events.put(died(code, list(stderr)))

        threading.Thread(target=wait_for_end, daemon=True).start()


def _read_events(stream: IO[bytes], events: queue.SimpleQueue[AnyEvent], told: threading.Event) -> None:
    with stream:
        for line in stream:
            try:
                event: AnyEvent = EVENT.validate_json(line)
            except ValidationError:
                # A newer worker's unknown event, or a line torn by a kill: shown, never fatal.
                event = Log(text=line.decode("utf-8", errors="replace").rstrip())
            events.put(event)
            if ends_job(event):
                told.set()


def _read_lines(stream: IO[bytes], lines: deque[str]) -> None:
    with stream:
        for line in stream:
            lines.append(line.decode("utf-8", errors="replace").rstrip())
