"""What a panel, a command or an experiment asks of an engine; a scripted one stands in for it in tests."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from ..protocol.events import AnyEvent
from ..protocol.job_file import AnyJob


@runtime_checkable
class Engine(Protocol):
    """One worker at a time. No method but `close` waits, so it can be driven from a timer of a GUI."""

    @property
    def running(self) -> bool:
        """True from `start` until the final event has been handed out by `poll`."""
        ...

    def start(self, job: AnyJob) -> None:
        """Begin a job. Raises UserError when one is running already or no Python can run it."""
        ...

    def poll(self) -> list[AnyEvent]:
        """The events since the last call, oldest first; empty when there is nothing new."""
        ...

    def cancel(self) -> None:
        """Ask to stop at the next batch with the best checkpoint kept; the answer is a `Cancelled` event."""
        ...

    def close(self, *, timeout_s: float = 10.0) -> None:
        """Stop and leave no process behind, cooperatively within `timeout_s`, by force after it."""
        ...
