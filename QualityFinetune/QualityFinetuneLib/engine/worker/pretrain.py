"""Pretrain an encoder on exams without labels: hide patches, guess them, keep the encoder of the best epoch."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from ...common.errors import ErrorCode, UserError
from ...common.files import write_text
from ...models.meta import WEIGHTS, ModelMeta
from ...models.networks.masked import EncoderAlone
from ...models.package import save_model
from ..protocol.jobs import CaseFiles, PretrainJob
from .case_store import keep
from .context import JobContext, Pace, Stopped
from .fingerprint import content_of
from .memory_plan import MemoryPlan
from .outcome import BEST, METRICS_FILE
from .patches import epoch_plan
from .preparing import Prepared, prepare
from .pretrain_learning import MaskedObjective, optimiser, set_learning_rate
from .pretrain_network import PretrainNetwork, network_to_pretrain
from .pretrain_views import MaskedViews
from .state import LAST, TrainingState, load_state, save_state
from .step import TrainingStep

_WORK = "cache"


def pretrain(job: PretrainJob, context: JobContext, *, device: torch.device) -> None:
    """Train, leaving `best/` (the encoder of the best epoch), `last.pt` (to resume from) and `metrics.json`.

    Raises:
        UserError: what is wrong with cases, model or settings.
        Stopped: when asked to; what was reached is kept.
    """
    job = _checked(job, context)
    network = network_to_pretrain(job, context)
    state = _state(job, network, context)
    work = job.output / _WORK
    try:
        cases = keep(_prepared(job.cases, network.meta, context), work / "cases")
        judged = keep(_prepared(job.hold_out, network.meta, context), work / "hold_out")
        _train(job, network, state, context, cases=cases, judged=judged, device=device)
    except Stopped:
        _announce(job.output, context)
        raise
    shutil.rmtree(work, ignore_errors=True)
    metrics = _write_metrics(job, state)
    _announce(job.output, context)
    context.artifact("metrics", metrics)


def _train(
    job: PretrainJob,
    network: PretrainNetwork,
    state: TrainingState,
    context: JobContext,
    *,
    cases: Sequence[Prepared],
    judged: Sequence[Prepared],
    device: torch.device,
) -> None:
    options, model = job.options, network.model
    model.to(device)
    optimizer = optimiser(model, options)
    if state.epoch:
        model.load_state_dict(state.weights)
        optimizer.load_state_dict(state.optimiser)
    plan = MemoryPlan(
        parts=state.parts,
        patch=state.patch,
        recompute=state.recompute,
        patch_may_shrink=model.image is None,
        divisors=network.divisors,
    )
    masks = {"mask_patch": network.mask_patch, "mask_ratio": options.mask_ratio}
    objective = MaskedObjective(
        model, mask_patch=network.mask_patch, device=device, precision=job.precision, context=context
    )
    step = TrainingStep(
        model=model,
        objective=objective,
        optimizer=optimizer,
        samples=MaskedViews(cases, augment=options.augment, **masks),  # type: ignore[arg-type]
        features=None,
        plan=plan,
        device=device,
        precision=job.precision,
        context=context,
    )
    fixed = MaskedViews(judged, augment=False, **masks)  # type: ignore[arg-type]
    steps = options.steps_per_epoch or -(-len(cases) // options.batch_size)
    total = steps * options.epochs
    pace = Pace(total, done=state.epoch * steps, memory=max(20, 3 * steps))
    context.progress(state.epoch * steps, total, unit="step")
    for epoch in range(state.epoch, options.epochs):
        model.train()
        losses: list[float] = []
        batches = epoch_plan(
            len(cases), batch_size=options.batch_size, steps=steps, seed=job.seed, epoch=epoch, views=None
        )
        for number, batch in enumerate(batches):
            context.stop_if_asked()
            done = epoch * steps + number
            rate = set_learning_rate(optimizer, options, step=done, steps=total)
            losses.append(step.run(batch, words=(job.seed, "step", epoch, number)))
            context.progress(done + 1, total, unit="step", eta_s=pace.eta_s(done + 1))
        loss = sum(losses) / len(losses)
        context.metric("loss", loss, epoch=epoch + 1)
        context.metric("learning_rate", rate, epoch=epoch + 1)
        value: float | None = loss
        if judged:
            due = (epoch + 1) % options.validate_every == 0 or epoch + 1 == options.epochs
            value = (
                objective.held_out(fixed, judged, seed=job.seed, patch=plan.patch, epoch=epoch + 1) if due else None
            )
        state.epoch = epoch + 1
        held_out = value if judged else None
        state.history.append({"epoch": epoch + 1, "loss": loss, "learning_rate": rate, "held_out_loss": held_out})
        if value is not None and (state.best_value is None or -value > state.best_value):
            state.best_value, state.best_epoch = -value, epoch + 1
            save_model(job.output / BEST, EncoderAlone(model.encoder), _described(network.meta, state, bool(judged)))
        # As in a finetune: the model before the record that says so, so that a kill in between repeats the epoch.
        state.parts, state.patch, state.recompute = plan.parts, plan.patch, plan.recompute
        state.weights = {name: value.cpu().clone() for name, value in model.state_dict().items()}
        state.optimiser = optimizer.state_dict()
        save_state(job.output, state)


def _checked(job: PretrainJob, context: JobContext) -> PretrainJob:
    if not job.cases:
        raise UserError(
            ErrorCode.TOO_FEW_CASES,
            what="There is nothing to learn from.",
            why="The job names no case.",
            next="Choose at least one case with an axial T2w series.",
        )
    both = sorted({case.id for case in job.cases} & {case.id for case in job.hold_out})
    if both:
        context.warn(
            ErrorCode.BAD_JOB,
            what="The held-out loss will look better than it is.",
            why=f"{', '.join(both[:3])} {'is' if len(both) == 1 else 'are'} both learned from and held out.",
            next="Keep held-out cases out of the others.",
        )
    if job.options.batch_size <= len(job.cases):
        return job
    options = job.options.model_copy(update={"batch_size": len(job.cases)})
    return job.model_copy(update={"options": options})


def _state(job: PretrainJob, network: PretrainNetwork, context: JobContext) -> TrainingState:
    same = _fingerprint(job, network)
    if job.resume:
        found = load_state(job.output, fingerprint=same)
        if found is not None:
            context.log(f"Resumed after epoch {found.epoch} of {job.options.epochs}.")
            return found
        context.log("There is nothing to resume yet; the run starts from the beginning.")
    (job.output / LAST).unlink(missing_ok=True)
    shutil.rmtree(job.output / BEST, ignore_errors=True)
    return TrainingState(fingerprint=same, patch=network.patch)


def _fingerprint(job: PretrainJob, network: PretrainNetwork) -> str:
    settings = job.model_dump(mode="json", include={"kind", "options", "precision", "seed"})
    meta = network.meta.model_dump(mode="json", exclude={"software_version"})
    cases = [[content_of(case) for case in chosen] for chosen in (job.cases, job.hold_out)]
    return hashlib.sha256(json.dumps([settings, meta, network.start, cases], sort_keys=True).encode()).hexdigest()


def _prepared(cases: tuple[CaseFiles, ...], meta: ModelMeta, context: JobContext) -> Iterator[Prepared]:
    for number, case in enumerate(cases, start=1):
        context.stop_if_asked()
        yield prepare(case, meta=meta, task=None, context=context)
        context.progress(number, len(cases), unit="case")


def _described(meta: ModelMeta, state: TrainingState, judged: bool) -> ModelMeta:
    facts = {**meta.trained_on, "best_epoch": state.best_epoch}
    if judged and state.best_value is not None:
        facts["held_out_loss"] = -state.best_value
    return meta.model_copy(update={"trained_on": facts})


def _announce(folder: Path, context: JobContext) -> None:
    for role, path in (("model", folder / BEST / WEIGHTS), ("checkpoint", folder / LAST)):
        if path.is_file():
            context.artifact(role, path)


def _write_metrics(job: PretrainJob, state: TrainingState) -> Path:
    value = -state.best_value if job.hold_out and state.best_value is not None else None
    best = {"epoch": state.best_epoch, "held_out_loss": value}
    path = job.output / METRICS_FILE
    content = {"version": 1, "mode": "pretrain", "metric": "held_out_loss", "best": best, "history": state.history}
    write_text(path, json.dumps(content, indent=1, allow_nan=False) + "\n")
    return path
