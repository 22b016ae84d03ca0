"""Pretrain an encoder on exams without labels: hide patches, guess them, keep the encoder of the best epoch."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import torch

from ...common.files import write_text
from ..protocol.jobs import CaseFiles, PretrainJob
from .case_store import each_prepared, keep
from .context import JobContext, Stopped
from .fingerprint import content_of
from .job_checks import checked_pretraining
from .outcome import BEST, METRICS_FILE, announce
from .preparing import Prepared, prepare
from .pretrain_network import PretrainNetwork, network_to_pretrain
from .pretrain_training import train_encoder
from .state import LAST, TrainingState, resumed

_WORK = "cache"


def pretrain(job: PretrainJob, context: JobContext, *, device: torch.device) -> None:
    """Train, leaving `best/` (the encoder of the best epoch), `last.pt` (to resume from) and `metrics.json`.

    Raises:
        UserError: what is wrong with cases, model or settings.
        Stopped: when asked to; what was reached is kept.
    """
    job = checked_pretraining(job, context)
    network = network_to_pretrain(job, context)
    state = _state(job, network, context)
    work = job.output / _WORK

    def prepared(case: CaseFiles) -> Prepared:
        return prepare(case, meta=network.meta, task=None, context=context)

    try:
        cases = keep(each_prepared(job.cases, prepared, context), work / "cases")
        judged = keep(each_prepared(job.hold_out, prepared, context), work / "hold_out")
        train_encoder(job, network, state, context, cases=cases, judged=judged, device=device)
    except Stopped:
        announce(job.output, context)
        raise
    shutil.rmtree(work, ignore_errors=True)
    metrics = _write_metrics(job, state)
    announce(job.output, context)
    context.artifact("metrics", metrics)


def _state(job: PretrainJob, network: PretrainNetwork, context: JobContext) -> TrainingState:
    same = _fingerprint(job, network)
    if job.resume:
        found = resumed(job.output, fingerprint=same, epochs=job.options.epochs, context=context)
        if found is not None:
            return found
    (job.output / LAST).unlink(missing_ok=True)
    shutil.rmtree(job.output / BEST, ignore_errors=True)
    return TrainingState(fingerprint=same, patch=network.patch)


def _fingerprint(job: PretrainJob, network: PretrainNetwork) -> str:
    settings = job.model_dump(mode="json", include={"kind", "options", "precision", "seed"})
    meta = network.meta.model_dump(mode="json", exclude={"software_version"})
    cases = [[content_of(case) for case in chosen] for chosen in (job.cases, job.hold_out)]
    return hashlib.sha256(json.dumps([settings, meta, network.start, cases], sort_keys=True).encode()).hexdigest()


def _write_metrics(job: PretrainJob, state: TrainingState) -> Path:
    value = -state.best_value if job.hold_out and state.best_value is not None else None
    best = {"epoch": state.best_epoch, "held_out_loss": value}
    path = job.output / METRICS_FILE
    content = {"version": 1, "mode": "pretrain", "metric": "held_out_loss", "best": best}
    content |= {"history": state.history, "timing": state.timing}
    write_text(path, json.dumps(content, indent=1, allow_nan=False) + "\n")
    return path
