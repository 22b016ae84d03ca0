"""Finetune a network: prepare, train epoch by epoch, keep the best, go on after an interruption."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor

from ...common.errors import ErrorCode, UserError
from ...common.files import sha256_of, write_text
from ...models.meta import WEIGHTS, ModelMeta
from ...models.networks.split import SplitNetwork
from ...models.package import save_model
from ..protocol.jobs import CaseFiles, FinetuneJob
from .case_store import keep
from .context import JobContext, Pace, Stopped
from .feature_cache import FeatureCache
from .losses import SegmentationLoss
from .memory_plan import MemoryPlan
from .network import Network, network_to_train
from .optimising import optimiser, set_learning_rate
from .patches import Patches, epoch_plan
from .precision import autocast
from .preparing import Prepared, prepare
from .state import LAST, TrainingState, load_state, save_state, trained_weights
from .step import TrainingStep
from .validating import validate

BEST = "best"
METRICS_FILE = "metrics.json"
_WORK = "cache"


def finetune(job: FinetuneJob, context: JobContext, *, device: torch.device) -> None:
    """Train, leaving `best/` (the model of the best epoch), `last.pt` (to resume from) and `metrics.json`.

    Raises:
        UserError: what is wrong with cases, labels, model or settings.
        Stopped: when asked to; what was reached is kept.
    """
    job = _checked(job, context)
    simulated = any(case.simulated for case in job.train)
    network = network_to_train(
        job.model, job.task, options=job.options, seed=job.seed, simulated=simulated, context=context
    )
    work = job.output / _WORK
    state = _state(job, network, context)
    try:
        _train(job, network, state, context, device=device, work=work)
    except Stopped:
        _announce(job, state, context)
        raise
    shutil.rmtree(work, ignore_errors=True)
    write_text(job.output / METRICS_FILE, json.dumps(_metrics(job, state), indent=1, allow_nan=False) + "\n")
    _announce(job, state, context)
    context.artifact("metrics", job.output / METRICS_FILE)


def _train(
    job: FinetuneJob, network: Network, state: TrainingState, context: JobContext, *, device: torch.device, work: Path
) -> None:
    options, model, meta = job.options, network.model, network.meta
    train = keep(_prepared(job.train, job, meta, context), work / "train")
    judged = keep(_prepared(job.validate_on, job, meta, context), work / "validate")
    _require_labels(train, job, context)
    model.freeze_encoder(options.mode == "frozen")
    model.to(device)
    optimizer = optimiser(model, options)
    if state.epoch:
        _restore(model, optimizer, state)
    features = _features(job, model, device, work) if options.mode == "frozen" else None
    plan = MemoryPlan(
        parts=state.parts,
        patch=state.patch,
        recompute=state.recompute,
        patch_may_shrink=not meta.whole_volume,
        divisors=model.size_factor,
    )
    step = TrainingStep(
        model=model,
        loss=SegmentationLoss(outputs=meta.outputs, weights=model.supervision_weights),
        optimizer=optimizer,
        patches=Patches(train, augment=options.augment, whole_volume=meta.whole_volume),
        features=features,
        plan=plan,
        device=device,
        precision=job.precision,
        context=context,
    )
    steps = options.steps_per_epoch or -(-len(train) // options.batch_size)
    total = steps * options.epochs
    pace = Pace(total, done=state.epoch * steps, memory=max(20, 3 * steps))
    context.progress(state.epoch * steps, total, unit="step")
    views = options.views if features is not None and options.augment else 1 if features is not None else None
    for epoch in range(state.epoch, options.epochs):
        model.train()
        losses: list[float] = []
        batches = epoch_plan(
            len(train), batch_size=options.batch_size, steps=steps, seed=job.seed, epoch=epoch, views=views
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
        value: float | None = None
        due = (epoch + 1) % options.validate_every == 0 or epoch + 1 == options.epochs
        if judged and due:
            model.eval()
            value = validate(
                _forward(model, features), judged, meta=meta, task=job.task, device=device, precision=job.precision,
                context=context, epoch=epoch + 1,
            )  # fmt: skip
        elif not judged:
            value = -loss
        state.epoch = epoch + 1
        state.history.append(
            {"epoch": epoch + 1, "loss": loss, "learning_rate": rate, "dice": value if judged else None}
        )
        if value is not None and (state.best_value is None or value > state.best_value):
            state.best_value, state.best_epoch = value, epoch + 1
            save_model(job.output / BEST, model, _described(job, meta, state))
        # The best model is written before the record that says so: a kill in between repeats this epoch and finds
        # the same best again, while the other order could promise a model that is not there.
        state.parts, state.patch, state.recompute = plan.parts, plan.patch, plan.recompute
        state.weights, state.optimiser = trained_weights(model), optimizer.state_dict()
        save_state(job.output, state)


def _checked(job: FinetuneJob, context: JobContext) -> FinetuneJob:
    if not job.train:
        raise UserError(
            ErrorCode.TOO_FEW_CASES,
            what="There is nothing to learn from.",
            why="The job names no training case.",
            next="Choose at least one case with a segmentation of this task.",
        )
    both = sorted({case.id for case in job.train} & {case.id for case in job.validate_on})
    if both:
        context.warn(
            ErrorCode.BAD_JOB,
            what="The validation will look better than it is.",
            why=f"{', '.join(both[:3])} {'is' if len(both) == 1 else 'are'} both learned from and validated on.",
            next="Keep validation cases out of the training cases.",
        )
    if job.options.batch_size > len(job.train):
        context.warn(
            ErrorCode.BAD_CONFIG,
            what=f"The batch is reduced from {job.options.batch_size} to {len(job.train)}.",
            why=f"There {'is' if len(job.train) == 1 else 'are'} only {len(job.train)} training "
            f"{'case' if len(job.train) == 1 else 'cases'}.",
            next="Nothing has to be done.",
        )
        options = job.options.model_copy(update={"batch_size": len(job.train)})
        return job.model_copy(update={"options": options})
    return job


def _state(job: FinetuneJob, network: Network, context: JobContext) -> TrainingState:
    fingerprint = _fingerprint(job, network)
    if job.resume:
        found = load_state(job.output, fingerprint=fingerprint)
        if found is not None:
            context.log(f"Resumed after epoch {found.epoch} of {job.options.epochs}.")
            return found
        context.log("There is nothing to resume yet; the run starts from the beginning.")
    (job.output / LAST).unlink(missing_ok=True)
    shutil.rmtree(job.output / BEST, ignore_errors=True)
    patch = network.meta.patch if network.meta.axes == "xyz" else network.meta.patch[::-1]
    return TrainingState(fingerprint=fingerprint, patch=patch)


def _fingerprint(job: FinetuneJob, network: Network) -> str:
    """Hash of all that the result depends on but the machine: contents, not paths, so that a study may be moved."""
    settings = job.model_dump(mode="json", include={"kind", "task", "options", "precision", "seed"})
    meta = network.meta.model_dump(mode="json", exclude={"software_version"})
    cases = [[_content(case) for case in chosen] for chosen in (job.train, job.validate_on)]
    return hashlib.sha256(json.dumps([settings, meta, network.start, cases], sort_keys=True).encode()).hexdigest()


def _content(case: CaseFiles) -> list[object]:
    files = {role.value: path for role, path in case.images.items()} | {"label": case.label}
    # A file that is not there is told later, by whoever reads it.
    hashes = {name: sha256_of(path) for name, path in files.items() if path is not None and path.is_file()}
    return [case.id, case.quality, hashes]


def _prepared(
    cases: tuple[CaseFiles, ...], job: FinetuneJob, meta: ModelMeta, context: JobContext
) -> Iterator[Prepared]:
    for number, case in enumerate(cases, start=1):
        context.stop_if_asked()
        yield prepare(case, meta=meta, task=job.task, context=context, with_label=True)
        context.progress(number, len(cases), unit="case")


def _require_labels(train: list[Prepared], job: FinetuneJob, context: JobContext) -> None:
    empty = [case.case.id for case in train if case.truth is None or not case.truth.any()]
    if len(empty) == len(train):
        raise UserError(
            ErrorCode.NO_LABEL,
            what=f"There is no {job.task.title.lower()} to learn.",
            why="The masks of all training cases are background only.",
            next="Segment at least one case, or check that the masks belong to this task.",
        )
    for case in empty:
        context.warn(
            ErrorCode.NO_LABEL,
            what=f"Case {case} teaches background only.",
            why="No voxel of its mask is labelled.",
            next="Leave it out if the structure is there and was not segmented.",
            case=case,
        )


def _restore(model: SplitNetwork, optimizer: torch.optim.Optimizer, state: TrainingState) -> None:
    model.load_state_dict(state.weights, strict=False)
    optimizer.load_state_dict(state.optimiser)


def _features(job: FinetuneJob, model: SplitNetwork, device: torch.device, work: Path) -> FeatureCache:
    # Decoders of one encoder may ask for different features of it.
    digest = hashlib.sha256(f"{type(model).__name__}/{job.precision}/{device.type}/".encode())
    for name, value in model.encoder.state_dict().items():
        digest.update(name.encode())
        digest.update(value.detach().cpu().contiguous().numpy().data)

    def encode(images: Tensor) -> list[Tensor]:
        with autocast(device, job.precision):
            return model.encode(images)

    return FeatureCache(job.cache or work / "features", encode, weights=digest.hexdigest())


def _forward(model: SplitNetwork, features: FeatureCache | None) -> Callable[[Tensor], Tensor]:
    def forward(images: Tensor) -> Tensor:
        outputs = model(images) if features is None else model.decode(features.encode(images))
        assert isinstance(outputs, Tensor)
        return outputs

    return forward


def _described(job: FinetuneJob, meta: ModelMeta, state: TrainingState) -> ModelMeta:
    counts = Counter(case.quality or "unrated" for case in job.train)
    facts: dict[str, int | float | str | bool | None] = dict(meta.trained_on)
    facts |= {f"cases_{quality}": count for quality, count in sorted(counts.items())}
    facts |= {"best_epoch": state.best_epoch, "validation_cases": len(job.validate_on)}
    if job.validate_on:
        facts["validation_dice"] = state.best_value
    return meta.model_copy(update={"trained_on": facts})


def _announce(job: FinetuneJob, state: TrainingState, context: JobContext) -> None:
    if (job.output / BEST / WEIGHTS).is_file():
        context.artifact("model", job.output / BEST / WEIGHTS)
    if (job.output / LAST).is_file():
        context.artifact("checkpoint", job.output / LAST)


def _metrics(job: FinetuneJob, state: TrainingState) -> dict[str, object]:
    best = {"epoch": state.best_epoch, "dice": state.best_value if job.validate_on else None}
    return {"version": 1, "task": job.task.name, "mode": job.options.mode, "best": best, "history": state.history}
