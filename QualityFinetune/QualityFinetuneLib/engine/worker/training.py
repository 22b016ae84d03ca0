"""The epochs of a finetune: steps, validation, the best model so far, and what is needed to go on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from ...models.package import save_model
from ..protocol.jobs import FinetuneJob
from .context import JobContext, Pace
from .frozen_features import forward_of, frozen_features
from .memory_plan import MemoryPlan
from .network import Network
from .objective import Objective
from .optimising import optimiser, set_learning_rate
from .outcome import BEST, described
from .patches import Patches, epoch_plan
from .preparing import Prepared
from .state import TrainingState, save_state, trained_weights
from .step import TrainingStep


def train(
    job: FinetuneJob,
    network: Network,
    objective: Objective,
    state: TrainingState,
    context: JobContext,
    *,
    cases: Sequence[Prepared],
    judged: Sequence[Prepared],
    device: torch.device,
    work: Path,
) -> None:
    """Train `network` from where `state` stands to the last epoch, keeping the best model and `last.pt`.

    Args:
        job: options and output folder.
        network: changed in place.
        objective: what is learned.
        state: changed in place, epoch by epoch.
        context: takes events; asked before each step whether to stop.
        cases: to learn from.
        judged: to choose the best epoch by; without any, the training loss does.
        device: where to compute.
        work: folder for what the run alone needs.
    """
    options, model, meta = job.options, network.model, network.meta
    model.freeze_encoder(options.mode == "frozen")
    model.to(device)
    optimizer = optimiser(model, options)
    if state.epoch:
        model.load_state_dict(state.weights, strict=False)
        optimizer.load_state_dict(state.optimiser)
    else:
        objective.begin(model, cases)
    features = None
    if options.mode == "frozen":
        features = frozen_features(model, job.cache or work / "features", device=device, precision=job.precision)
    plan = MemoryPlan(
        parts=state.parts,
        patch=state.patch,
        recompute=state.recompute,
        patch_may_shrink=not meta.whole_volume,
        divisors=model.size_factor,
    )
    step = TrainingStep(
        model=model,
        objective=objective,
        optimizer=optimizer,
        patches=Patches(
            cases,
            target=objective.target,
            augment=options.augment,
            whole_volume=meta.whole_volume,
            mirror=not job.task.sided,
            resize=job.task.answer != "values",  # a volume is a size
        ),
        features=features,
        plan=plan,
        device=device,
        precision=job.precision,
        context=context,
    )
    steps = options.steps_per_epoch or -(-len(cases) // options.batch_size)
    total = steps * options.epochs
    pace = Pace(total, done=state.epoch * steps, memory=max(20, 3 * steps))
    context.progress(state.epoch * steps, total, unit="step")
    views = options.views if features is not None and options.augment else 1 if features is not None else None
    for epoch in range(state.epoch, options.epochs):
        model.train()
        losses: list[float] = []
        batches = epoch_plan(
            len(cases), batch_size=options.batch_size, steps=steps, seed=job.seed, epoch=epoch, views=views
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
            value = objective.validate(forward_of(model, features), judged, epoch=epoch + 1)
        elif not judged:
            value = -loss
        state.epoch = epoch + 1
        shown = value if judged else None
        state.history.append({"epoch": epoch + 1, "loss": loss, "learning_rate": rate, objective.metric: shown})
        if value is not None and (state.best_value is None or value > state.best_value):
            state.best_value, state.best_epoch = value, epoch + 1
            save_model(job.output / BEST, model, described(job, meta, objective, state))
        # The best model is written before the record that says so: a kill in between repeats this epoch and finds
        # the same best again, while the other order could promise a model that is not there.
        state.parts, state.patch, state.recompute = plan.parts, plan.patch, plan.recompute
        state.weights, state.optimiser = trained_weights(model), optimizer.state_dict()
        save_state(job.output, state)
