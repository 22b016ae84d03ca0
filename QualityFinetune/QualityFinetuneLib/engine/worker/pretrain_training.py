"""A pretraining from its first epoch to its last: an encoder guesses hidden patches, and the best epoch's is kept."""

from __future__ import annotations

import time
from collections.abc import Sequence

import torch

from ...models.meta import ModelMeta
from ...models.networks.masked import EncoderAlone
from ...models.package import save_model
from ..protocol.jobs import PretrainJob
from .context import JobContext, Pace
from .estimate import estimated_memory, tell_memory, tell_time
from .loading import Loader
from .memory_plan import MemoryPlan
from .outcome import BEST
from .patches import Shown, epoch_plan
from .preparing import Prepared
from .pretrain_learning import MaskedObjective, optimiser, set_learning_rate
from .pretrain_network import PretrainNetwork
from .pretrain_views import MaskedViews
from .state import TrainingState, save_state
from .step import TrainingStep
from .trial import trial_of


def train_encoder(
    job: PretrainJob,
    network: PretrainNetwork,
    state: TrainingState,
    context: JobContext,
    *,
    cases: Sequence[Prepared],
    judged: Sequence[Prepared],
    device: torch.device,
) -> None:
    """Train `network` from where `state` stands to the last epoch, keeping the best encoder and `last.pt`.

    Args:
        job: options and output folder.
        network: changed in place.
        state: changed in place, epoch by epoch.
        context: takes events; asked before each step whether to stop.
        cases: to learn from.
        judged: held out, to choose the best epoch by; without any, the training loss does.
        device: where to compute.
    """
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

    def views_of(chosen: Sequence[Prepared], *, augment: bool) -> MaskedViews:
        return MaskedViews(chosen, mask_patch=network.mask_patch, mask_ratio=options.mask_ratio, augment=augment)

    views, fixed = views_of(cases, augment=options.augment), views_of(judged, augment=False)
    objective = MaskedObjective(
        model, mask_patch=network.mask_patch, device=device, precision=job.precision, context=context
    )
    step = TrainingStep(
        model=model,
        objective=objective,
        optimizer=optimizer,
        samples=views,
        features=None,
        plan=plan,
        device=device,
        precision=job.precision,
        context=context,
    )
    steps = options.steps_per_epoch or -(-len(cases) // options.batch_size)
    total = steps * options.epochs
    pace = Pace(total, done=state.epoch * steps, memory=max(20, 3 * steps))
    context.progress(state.epoch * steps, total, unit="step")

    def batches_of(epoch: int) -> list[list[Shown]]:
        return epoch_plan(
            len(cases), batch_size=options.batch_size, steps=steps, seed=job.seed, epoch=epoch, views=None
        )

    left = range(state.epoch, options.epochs)
    if left:
        model.train()
        first = batches_of(left.start)[0][0]
        tell_memory(
            context,
            lambda: estimated_memory(
                model, objective, plan, views.get(first, plan.patch), cases=options.batch_size, cached=False,
                averaged=False, device=device, precision=job.precision,
            ),
            plan, cases=options.batch_size, device=device,
        )  # fmt: skip
        trial = trial_of(step, first, None)
        if trial is not None:
            seconds = trial.seconds(shown=len(left) * steps * options.batch_size, encoded=0)
            tell_time(context, seconds, 1, what="By a first trial the pretraining without its validation")

    def learn(epoch: int, loader: Loader) -> tuple[float, float]:
        """Mean loss of an epoch, and its last learning rate."""
        model.train()
        began, loader.waited_s = time.perf_counter(), 0.0
        losses: list[float] = []
        for number, batch in enumerate(batches_of(epoch)):
            context.stop_if_asked()
            done = epoch * steps + number
            rate = set_learning_rate(optimizer, options, step=done, steps=total)
            losses.append(step.run(batch, words=(job.seed, "step", epoch, number), loaded=loader.next()))
            context.progress(done + 1, total, unit="step", eta_s=pace.eta_s(done + 1))
        seconds = time.perf_counter() - began
        loss, waiting = sum(losses) / len(losses), loader.waited_s / seconds
        state.timing.append({"epoch": epoch + 1, "seconds": seconds, "data_wait_share": waiting})
        for name, value in (("loss", loss), ("learning_rate", rate), ("data_wait_share", waiting)):
            context.metric(name, value, epoch=epoch + 1)
        return loss, rate

    to_load = (batch for epoch in left for batch in batches_of(epoch))
    with Loader(views, to_load, patch=lambda: plan.patch, pinned=device.type == "cuda") as loader:
        for epoch in left:
            loss, rate = learn(epoch, loader)
            value: float | None = loss
            if judged:
                due = (epoch + 1) % options.validate_every == 0 or epoch + 1 == options.epochs
                value = (
                    objective.held_out(fixed, judged, seed=job.seed, patch=plan.patch, epoch=epoch + 1)
                    if due
                    else None
                )
            state.epoch = epoch + 1
            held_out = value if judged else None
            state.history.append({"epoch": epoch + 1, "loss": loss, "learning_rate": rate, "held_out_loss": held_out})
            if value is not None and (state.best_value is None or -value > state.best_value):
                state.best_value, state.best_epoch = -value, epoch + 1
                described = _described(network.meta, state, judged=bool(judged))
                save_model(job.output / BEST, EncoderAlone(model.encoder), described)
            # The model before the record that says so, so that a kill in between repeats the epoch.
            state.parts, state.patch, state.recompute = plan.parts, plan.patch, plan.recompute
            state.weights = {name: value.cpu().clone() for name, value in model.state_dict().items()}
            state.optimiser = optimizer.state_dict()
            save_state(job.output, state)


def _described(meta: ModelMeta, state: TrainingState, *, judged: bool) -> ModelMeta:
    facts = {**meta.trained_on, "best_epoch": state.best_epoch}
    if judged and state.best_value is not None:
        facts["held_out_loss"] = -state.best_value
    return meta.model_copy(update={"trained_on": facts})
