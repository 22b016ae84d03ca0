"""Finetune a network: prepare the cases, train, and leave the best model; go on after an interruption."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import torch

from ..protocol.jobs import CaseFiles, FinetuneJob
from .case_store import keep
from .context import JobContext, Stopped
from .fingerprint import fingerprint
from .job_checks import checked
from .network import Network, network_to_train
from .objective import Objective
from .objectives import objective_for
from .outcome import BEST, announce, write_metrics
from .preparing import Prepared
from .state import LAST, TrainingState, load_state
from .training import train

_WORK = "cache"


def finetune(job: FinetuneJob, context: JobContext, *, device: torch.device) -> None:
    """Train, leaving `best/` (the model of the best epoch), `last.pt` (to resume from) and `metrics.json`.

    Raises:
        UserError: what is wrong with cases, labels, model or settings.
        Stopped: when asked to; what was reached is kept.
    """
    job = checked(job, context)
    simulated = any(case.simulated for case in job.train)
    network = network_to_train(
        job.model, job.task, options=job.options, seed=job.seed, simulated=simulated, context=context
    )
    objective = objective_for(job, network, context, device=device)
    work = job.output / _WORK
    state = _state(job, network, context)
    try:
        cases = keep(_prepared(job.train, objective, context), work / "train")
        judged = keep(_prepared(job.validate_on, objective, context), work / "validate")
        objective.check(cases)
        train(job, network, objective, state, context, cases=cases, judged=judged, device=device, work=work)
    except Stopped:
        announce(job, context)
        raise
    shutil.rmtree(work, ignore_errors=True)
    metrics = write_metrics(job, objective, state)
    announce(job, context)
    context.artifact("metrics", metrics)


def _state(job: FinetuneJob, network: Network, context: JobContext) -> TrainingState:
    same = fingerprint(job, network)
    if job.resume:
        found = load_state(job.output, fingerprint=same)
        if found is not None:
            context.log(f"Resumed after epoch {found.epoch} of {job.options.epochs}.")
            return found
        context.log("There is nothing to resume yet; the run starts from the beginning.")
    (job.output / LAST).unlink(missing_ok=True)
    shutil.rmtree(job.output / BEST, ignore_errors=True)
    patch = network.meta.patch if network.meta.axes == "xyz" else network.meta.patch[::-1]
    return TrainingState(fingerprint=same, patch=patch)


def _prepared(cases: tuple[CaseFiles, ...], objective: Objective, context: JobContext) -> Iterator[Prepared]:
    for number, case in enumerate(cases, start=1):
        context.stop_if_asked()
        yield objective.prepare(case)
        context.progress(number, len(cases), unit="case")
