"""Run a prepared job to its end and record what comes back; for commands, scripts and experiments."""

from __future__ import annotations

from collections.abc import Callable

from ..common.errors import UserError
from ..engine.client.run import run_job
from ..engine.client.standby import Standby
from ..engine.protocol.events import AnyEvent
from ..study.records import Run
from ..study.study import Study
from .prepared import PreparedRun
from .recording import RunRecorder
from .resuming import catch_up


def execute(
    study: Study,
    prepared: PreparedRun,
    *,
    standby: Standby | None = None,
    on_event: Callable[[AnyEvent], None] | None = None,
) -> Run:
    """Run the job in a worker process, record its events, and return the run as it ended: done or cancelled.

    Args:
        study: gives the Python of the engine and receives the rows.
        prepared: from `prepare_finetune`, `prepare_predict`, `prepare_evaluate` or `prepare_resume`.
        standby: keeps a worker ready between runs, for a script that does several; None starts one for this run.
        on_event: also told each event, after it was recorded.

    Raises:
        UserError: what made the run fail; the run is recorded as failed with it.
    """
    recorder = RunRecorder(study, prepared.run)

    def take(event: AnyEvent) -> None:
        recorder.record(event)
        if on_event is not None:
            on_event(event)

    try:
        run_job(prepared.job, python=study.settings.engine_python, standby=standby, on_event=take)
    except UserError as error:
        recorder.fail(error)
        raise
    except BaseException:
        # Stopped from outside (a second Ctrl+C, an error of whoever watches): the worker is gone by now, and what it
        # wrote down itself tells how far it came.
        catch_up(study, study.runs.get(prepared.run.id))
        raise
    return study.runs.get(prepared.run.id)
