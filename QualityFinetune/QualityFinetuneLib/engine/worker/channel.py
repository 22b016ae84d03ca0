"""Events out: one JSON object a line, to the client and into the run's own record."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from ..protocol.events import AnyEvent

EVENTS_FILE = "events.jsonl"


class Channel:
    """Writes each event to the client's pipe and, once told where, to `events.jsonl`.

    Args:
        descriptor: file descriptor that the client reads; None for nobody.
        on_lost: called once when the client is found to be gone.
    """

    def __init__(self, descriptor: int | None, *, on_lost: Callable[[], None] | None = None) -> None:
        self._descriptor = descriptor
        self._on_lost = on_lost
        self._record: int | None = None
        self._lock = threading.Lock()

    def keep_in(self, folder: Path) -> None:
        """Also append events to `events.jsonl` in `folder`; a line that a kill tore is closed first."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / EVENTS_FILE
        torn = path.is_file() and path.stat().st_size > 0 and not path.read_bytes().endswith(b"\n")
        self._record = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        if torn:
            os.write(self._record, b"\n")

    def send(self, event: AnyEvent) -> None:
        """Write one event. A client that is gone does not stop the record from being kept."""
        line = event.model_dump_json().encode() + b"\n"
        with self._lock:
            if self._record is not None:
                _write_all(self._record, line)
            if self._descriptor is None:
                return
            try:
                _write_all(self._descriptor, line)
                return
            except OSError:
                self._descriptor = None
        if self._on_lost is not None:
            self._on_lost()

    def close(self) -> None:
        """Put the record on the disk and end it; the client is still told, and another record may be begun."""
        with self._lock:
            if self._record is not None:
                os.fsync(self._record)
                os.close(self._record)
                self._record = None


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
