"""A stopwatch that counts only the time somebody is working: it pauses by itself when nothing happens."""

from __future__ import annotations

import time
from collections.abc import Callable


class ActiveTime:
    """Counts seconds between signs of activity; a gap longer than `idle_after_s` counts as `idle_after_s` only.

    Args:
        clock: monotonic seconds; replaced in tests.
        idle_after_s: how long without a sign of activity before the reader is taken to be away.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, idle_after_s: float = 60.0) -> None:
        self._clock = clock
        self._idle_after_s = idle_after_s
        self._counted_s = 0.0
        self._last: float | None = clock()

    @property
    def active_s(self) -> float:
        """Seconds of work until now."""
        return self._counted_s + self._since_last()

    @property
    def paused(self) -> bool:
        """True after `pause` or when idle for too long."""
        return self._last is None or self._clock() - self._last > self._idle_after_s

    def touch(self) -> None:
        """Somebody did something just now; also ends a pause."""
        self._counted_s += self._since_last()
        self._last = self._clock()

    def pause(self) -> None:
        """Stop counting until the next `touch`, e.g. because another panel is shown."""
        self._counted_s += self._since_last()
        self._last = None

    def _since_last(self) -> float:
        return 0.0 if self._last is None else min(self._clock() - self._last, self._idle_after_s)
