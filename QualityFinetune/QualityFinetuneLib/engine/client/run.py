"""Run one job to its end, for commands, scripts and experiments."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...common.errors import UserError
from ..protocol.events import AnyEvent, Failed, ends_job
from ..protocol.job_file import AnyJob
from .process import WorkerProcess
from .standby import Standby


def run_job(
    job: AnyJob,
    *,
    python: Path | None = None,
    standby: Standby | None = None,
    on_event: Callable[[AnyEvent], None] | None = None,
) -> list[AnyEvent]:
    """Run `job` in a worker process and wait for its end.

    Ctrl+C asks the worker to stop with its best checkpoint kept, a second Ctrl+C ends it at once.

    Args:
        job: what to do.
        python: which Python runs it; None asks the environment, then takes the present one.
        standby: keeps the worker ready for the next job; None ends it with this one.
        on_event: called with each event as it comes, in this thread.

    Returns:
        All events; the last is `Done` or `Cancelled`.

    Raises:
        UserError: what the worker reported as failed.
    """
    worker = WorkerProcess(python=python, standby=standby)
    worker.start(job)
    events: list[AnyEvent] = []
    asked_to_stop = False
    try:
        while worker.running:
            try:
                fresh = worker.wait(timeout_s=0.5)
            except KeyboardInterrupt:
                if asked_to_stop:
                    raise
                asked_to_stop = True
                worker.cancel()
                continue
            events += fresh
            for event in fresh:
                if on_event is not None:
                    on_event(event)
    finally:
        # After a final event the worker only has to exit; before one, an error here must not leave it running.
        worker.close(timeout_s=10.0 if not worker.running else 2.0)
    final = next((event for event in reversed(events) if ends_job(event)), None)
    if isinstance(final, Failed):
        raise UserError(final.code, what=final.what, why=final.why, next=final.next)
    return events
