"""A worker as a child process: lines in, events out, for one job or for several, and nothing left behind."""

from __future__ import annotations

import os
import queue
import subprocess
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from ..protocol.events import EVENT, AnyEvent, Log, ends_job
from .death import died
from .process_tree import ProcessTree

_STDERR_LINES = 200
_AFTER_EXIT_S = 5.0
"""How long to read on after the process ended; something it started may hold its stdout open for ever."""


class Connection:
    """Starts a worker and listens to it: threads read its output into a queue, so nobody has to wait for it.

    Args:
        python: runs the worker.
        arguments: of `QualityFinetuneLib.engine`.
        environment: of the process.
        job: whether the arguments name a job, whose end is to be told.

    Attributes:
        process: the child.
        tree: it, and whatever it started.
        events: what it said and nobody has taken yet; ends with a `Failed` when it dies within a job.
        stderr: the last lines its libraries wrote.

    Raises:
        OSError: when it cannot be started.
    """

    def __init__(self, python: Path, arguments: Sequence[str], environment: Mapping[str, str], *, job: bool) -> None:
        self.python, self.arguments, self.environment = python, tuple(arguments), dict(environment)
        self.process = subprocess.Popen(
            [str(python), "-m", "QualityFinetuneLib.engine", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
            # Ctrl+C in a shell goes to the client alone, which then asks the worker to stop in order.
            start_new_session=os.name != "nt",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self.tree = ProcessTree(self.process.pid)
        self.events: queue.SimpleQueue[AnyEvent] = queue.SimpleQueue()
        self.stderr: deque[str] = deque(maxlen=_STDERR_LINES)
        self._stdin_lock, self._end_lock = threading.Lock(), threading.Lock()
        self._end_is_due = job
        assert self.process.stdout is not None and self.process.stderr is not None
        readers = [
            threading.Thread(target=self._read_events, args=(self.process.stdout,), daemon=True),
            threading.Thread(target=_read_lines, args=(self.process.stderr, self.stderr), daemon=True),
        ]
        for reader in readers:
            reader.start()
        threading.Thread(target=self._wait_for_end, args=(readers,), daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether the child runs."""
        return self.process.poll() is None

    def begin(self) -> None:
        """A job is about to be sent: whatever becomes of it will be an event."""
        self.stderr.clear()
        while not self.events.empty():
            self.events.get()
        self._end_is_due = True
        if not self.alive:  # it ended when nobody waited for a word from it
            self._tell_death(self.process.wait())

    def send(self, line: str) -> bool:
        """Say something to the worker; False when it is gone, which its final event tells too."""
        stdin = self.process.stdin
        with self._stdin_lock:
            if stdin is None or stdin.closed:
                return False
            try:
                stdin.write(line.encode() + b"\n")
                stdin.flush()
            except OSError:
                return False
        return True

    def close_stdin(self) -> None:
        """Fall silent, which ends a worker."""
        stdin = self.process.stdin
        with self._stdin_lock:
            if stdin is None or stdin.closed:
                return
            try:
                stdin.close()
            except OSError:  # closing flushes, and there is nobody left to read it
                return

    def end(self, *, timeout_s: float) -> None:
        """End the worker and whatever it started: ask, wait up to `timeout_s`, then kill. Leaves no process."""
        self.send("cancel")
        self.close_stdin()
        deadline = time.monotonic() + timeout_s
        while self.tree.alive() and time.monotonic() < deadline:
            time.sleep(0.02)
        self.tree.kill()
        with suppress(subprocess.TimeoutExpired):  # hangs in the kernel (a dead network drive): nobody can end it
            self.process.wait(timeout=5.0)

    def _read_events(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                try:
                    event: AnyEvent = EVENT.validate_json(line)
                except ValidationError:
                    # A newer worker's unknown event, or a line torn by a kill: shown, never fatal.
                    event = Log(text=line.decode("utf-8", errors="replace").rstrip())
                # Before the client hears it, because then it may begin another job at once.
                self._end_is_due = self._end_is_due and not ends_job(event)
                self.events.put(event)

    def _wait_for_end(self, readers: Sequence[threading.Thread]) -> None:
        code = self.process.wait()
        for reader in readers:
            reader.join(timeout=_AFTER_EXIT_S)
        self._tell_death(code)

    def _tell_death(self, code: int) -> None:
        with self._end_lock:
            if self._end_is_due:
                self._end_is_due = False
                self.events.put(died(code, list(self.stderr)))


def _read_lines(stream: IO[bytes], lines: deque[str]) -> None:
    with stream:
        for line in stream:
            lines.append(line.decode("utf-8", errors="replace").rstrip())
