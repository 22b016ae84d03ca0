"""Runs that did not end: take over what their engine still finished, and go on from the last epoch."""

from __future__ import annotations

import psutil
from pydantic import ValidationError

from ..common.errors import ErrorCode, UserError
from ..engine.protocol.events import EVENT, FINAL, AnyEvent
from ..engine.protocol.job_file import JOB_FILE, load_job, save_job
from ..engine.protocol.jobs import EvaluateJob, FinetuneJob, PredictJob, PretrainJob
from ..study.records import Run
from ..study.study import Study
from .prepared import PreparedRun, case_id_of
from .recording import RunRecorder, engine_ended_without_a_word

EVENTS_FILE = "events.jsonl"


def engine_alive(run: Run) -> bool:
    """Whether the engine of a running run still lives on this machine."""
    pid = run.versions.get("engine_pid")
    if run.status != "running" or pid is None or run.started is None:
        return False
    try:
        # A number may have been given to another process since; the engine is older than its `started` event.
        process = psutil.Process(int(pid))
        return process.create_time() <= run.started.timestamp() + 1.0 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def interrupted(study: Study) -> list[Run]:
    """Runs that can be gone on with: their engine is gone, or they failed or were cancelled with a job on disk."""
    return [
        run
        for run in study.runs.all()
        if run.status in ("pending", "running", "failed", "cancelled")
        and not engine_alive(run)
        and (run.folder / JOB_FILE).is_file()
    ]


def catch_up(study: Study, run: Run) -> Run:
    """Record what the engine wrote down in the run's folder but nobody took from it, and close a dead run.

    Returns:
        The run as it now stands; one whose engine died without a last word is failed and can be resumed.
    """
    if run.status not in ("pending", "running") or engine_alive(run):
        return run
    recorder = RunRecorder(study, run)
    events = _events(run)
    for event in events:
        recorder.record(event)
    if events and not isinstance(events[-1], FINAL):
        recorder.fail(engine_ended_without_a_word())
    return study.runs.get(run.id)


def prepare_resume(study: Study, run: Run) -> PreparedRun:
    """The same run again, to go on where it stopped.

    A finetune or pretraining continues after its last finished epoch; a prediction leaves out the cases it has
    already made.

    Raises:
        UserError: CONFLICT when the run is done or its engine still works, BAD_JOB when its job is not readable.
    """
    run = catch_up(study, run)
    if run.status == "done" or engine_alive(run):
        state = "It is done already." if run.status == "done" else "Its engine is still working on it."
        raise UserError(
            ErrorCode.CONFLICT,
            what=f"Run {run.id} cannot be resumed.",
            why=state,
            next="Start a new run." if run.status == "done" else "Wait for it, or cancel it first.",
        )
    job = load_job(run.folder / JOB_FILE)
    if isinstance(job, FinetuneJob | PretrainJob):
        job = job.model_copy(update={"resume": True, "output": run.folder})
    elif isinstance(job, PredictJob):
        made = {a.case_id for a in study.annotations.all() if a.run_id == run.id and a.origin == "model"}
        made |= {answer.case_id for answer in study.answers.of_run(run.id)}
        left = tuple(case for case in job.cases if case_id_of(case.id) not in made)
        job = job.model_copy(update={"cases": left or job.cases, "output": run.folder})
    if not isinstance(job, FinetuneJob | PretrainJob | PredictJob | EvaluateJob):
        raise UserError(
            ErrorCode.BAD_JOB,
            what=f"Run {run.id} cannot be resumed.",
            why="Its job is not one that ends.",
            next="Start a new run.",
        )
    save_job(job)
    return PreparedRun(run=run, job=job)


def _events(run: Run) -> list[AnyEvent]:
    path = run.folder / EVENTS_FILE
    if not path.is_file():
        return []
    events: list[AnyEvent] = []
    for line in path.read_bytes().splitlines():
        try:
            events.append(EVENT.validate_json(line))
        except ValidationError:
            continue  # a line torn by the kill; whatever it announced is not complete
    return events
