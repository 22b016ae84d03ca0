"""Work in a thread beside the panel: progress, cancel, result; nothing of Qt, polled by a timer."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from ..common.errors import ErrorCode, UserError

Result = TypeVar("Result")
Report = Callable[[int, int], None]

LOG = logging.getLogger(__name__)


class Stopped(BaseException):
    """Raised inside the work when it was cancelled.

    Not an `Exception`, so that work which tolerates single failures cannot swallow it.
    """


class BackgroundTask(Generic[Result]):
    """Runs `work(report)` in a thread. `report(done, total)` tells progress and is where a cancel takes effect.

    Slicer's main thread keeps Python's lock while it waits for the mouse, so other threads only advance while some
    Python code of the main thread lets go of it: `poll`, called from a timer, does so for a moment.
    """

    def __init__(self, work: Callable[[Report], Result], *, name: str = "background") -> None:
        self.done = 0
        self.total = 0
        self.phase = 0
        """Counts up each time the work begins to count something else."""
        self.result: Result | None = None
        self.error: UserError | None = None
        self.cancelled = False
        self._stop = threading.Event()
        self._work = work
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def poll(self, *, lend_s: float = 0.015) -> bool:
        """Lend the thread some time; True once it has ended."""
        self._thread.join(lend_s)
        return not self._thread.is_alive()

    def cancel(self) -> None:
        """Ask it to stop at the next report."""
        self._stop.set()

    def close(self, *, timeout_s: float = 5.0) -> bool:
        """Cancel and wait at most `timeout_s`; True when it has ended."""
        self.cancel()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _report(self, done: int, total: int) -> None:
        if self._stop.is_set():
            raise Stopped
        if self.total and (total != self.total or done < self.done):
            self.phase += 1
        self.done, self.total = done, total
        time.sleep(0)

    def _run(self) -> None:
        try:
            self.result = self._work(self._report)
        except Stopped:
            self.cancelled = True
        except UserError as error:
            self.error = error
        except Exception as error:
            LOG.exception("A background task failed.")
            self.error = UserError(
                ErrorCode.INTERNAL,
                what="The step ended early.",
                why=f"An unexpected error occurred: {type(error).__name__}: {error}.",
                next="Repeat the step; if it fails again, report the text above to the maintainers.",
            )
