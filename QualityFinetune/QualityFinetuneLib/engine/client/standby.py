"""A worker that stands by: it has read its libraries before there is a job, and keeps them for the next one.

Reading them takes a worker four seconds, more than many a prediction. A reading station with a worker that stands by
spends them while a reader is still at work, and once.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import psutil

from ...common.errors import UserError
from .connection import Connection
from .python import child_environment, engine_python

ARGUMENT = "--standby"
_NEEDED_BYTES = 3 * 1024**3
"""Memory that must be free; a worker that stands by takes about half a gigabyte of it."""


class Standby:
    """Keeps at most one worker between jobs. Each station has one; `close` ends the worker with it."""

    def __init__(self) -> None:
        self._kept: Connection | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the worker that stands by, None without one."""
        return self._kept.process.pid if self._kept is not None and self._kept.alive else None

    def prepare(self, python: Path | None = None) -> None:
        """Have a worker stand by, unless one does or memory is short.

        What hinders it (a Python that does not exist) is told when a job is started, not now.

        Args:
            python: as for `WorkerProcess`.
        """
        try:
            chosen = engine_python(python)
        except UserError:
            return
        environment = child_environment(chosen)
        if self._fits(chosen, environment) or psutil.virtual_memory().available < _NEEDED_BYTES:
            return
        self.close()
        try:
            self._kept = Connection(chosen, [ARGUMENT], environment, job=False)
        except OSError:
            self._kept = None

    def take(self, python: Path, environment: Mapping[str, str]) -> Connection | None:
        """The worker that stands by, if it runs with this Python and environment; it is the caller's from now on."""
        if not self._fits(python, environment):
            return None
        taken, self._kept = self._kept, None
        return taken

    def keep(self, connection: Connection) -> bool:
        """Take a worker whose job is done; False when it cannot stand by, and the caller has to end it.

        One that stands by already did not fit that job, so it would hardly fit the next.
        """
        if ARGUMENT not in connection.arguments or not connection.alive:
            return False
        self.close()
        self._kept = connection
        return True

    def close(self) -> None:
        """End the worker. Leaves no process."""
        if self._kept is not None:
            self._kept.end(timeout_s=0.0)
            self._kept = None

    def _fits(self, python: Path, environment: Mapping[str, str]) -> bool:
        kept = self._kept
        return kept is not None and kept.alive and kept.python == python and kept.environment == dict(environment)
