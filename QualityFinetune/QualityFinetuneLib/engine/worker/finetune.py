"""Finetune a network: prepare the cases, train, and leave the best model; go on after an interruption."""

from __future__ import annotations

import shutil

import torch

from ..protocol.jobs import FinetuneJob
from .case_store import each_prepared, keep
from .context import JobContext, Stopped
from .distributed import ALONE, Ranks
from .fingerprint import fingerprint
from .job_checks import checked
from .network import Network, network_to_train
from .objectives import objective_for
from .outcome import BEST, announce, write_metrics
from .state import LAST, TrainingState, remove_leftovers, resumed
from .training import train

_WORK = "cache"


def finetune(job: FinetuneJob, context: JobContext, *, device: torch.device, ranks: Ranks = ALONE) -> None:
    """Train, leaving `best/` (the model of the best epoch), `last.pt` (to resume from) and `metrics.json`.

    Args:
        job: what to do; all ranks have the same.
        context: of ranks other than the first, one that says nothing.
        device: this rank's.
        ranks: the processes that train together; only the first one writes.

    Raises:
        UserError: what is wrong with cases, labels, model or settings.
        Stopped: when asked to; what was reached is kept.
    """
    job = checked(job, context, ranks=ranks.size)
    simulated = any(case.simulated for case in job.train)
    network = network_to_train(
        job.model, job.task, options=job.options, seed=job.seed, simulated=simulated, context=context
    )
    objective = objective_for(job, network, context, device=device)
    work = job.output / _WORK
    if ranks.first:
        _clear(job)
    ranks.any(False)  # nobody looks at the folder before it is in order
    state = _state(job, network, context)
    try:
        cases = keep(each_prepared(job.train, objective.prepare, context), work / f"train-{ranks.rank}")
        judged = keep(each_prepared(job.validate_on, objective.prepare, context), work / f"validate-{ranks.rank}")
        objective.check(cases)
        train(
            job, network, objective, state, context, cases=cases, judged=judged, device=device, work=work, ranks=ranks
        )
    except Stopped:
        if ranks.first:
            announce(job.output, context)
        raise
    ranks.any(False)  # nobody needs the working files any more
    if not ranks.first:
        return
    shutil.rmtree(work, ignore_errors=True)
    metrics = write_metrics(job, objective, state)
    announce(job.output, context)
    context.artifact("metrics", metrics)


def _clear(job: FinetuneJob) -> None:
    """Remove what an earlier run left, or a killed process half wrote."""
    remove_leftovers(job.output)
    if not job.resume or not (job.output / LAST).is_file():
        (job.output / LAST).unlink(missing_ok=True)
        shutil.rmtree(job.output / BEST, ignore_errors=True)


def _state(job: FinetuneJob, network: Network, context: JobContext) -> TrainingState:
    same = fingerprint(job, network)
    if job.resume:
        found = resumed(job.output, fingerprint=same, epochs=job.options.epochs, context=context)
        if found is not None:
            return found
    patch = network.meta.patch if network.meta.axes == "xyz" else network.meta.patch[::-1]
    return TrainingState(fingerprint=same, patch=patch, parts=job.options.accumulate)
