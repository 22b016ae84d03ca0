"""A finetune from its cases to its last epoch: everything that takes part is put together here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import torch

from ..protocol.jobs import FinetuneJob
from .context import JobContext, Pace
from .distributed import ALONE, Ranks
from .epochs import Epochs
from .estimate import estimated_memory, tell_memory, tell_time
from .frozen_features import frozen_features
from .frozen_samples import FrozenSamples, window_for
from .keeping import Keeping
from .learning import Learning
from .loading import Loader, Samples
from .memory_plan import MemoryPlan
from .modes import choose_parts
from .network import Network
from .objective import Objective
from .patches import Patches, Shown, epoch_plan
from .preparing import Prepared
from .sampling import case_weights
from .state import TrainingState
from .step import TrainingStep
from .trial import trial_of


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
    ranks: Ranks = ALONE,
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
        ranks: the processes that train together.
    """
    options, model, meta = job.options, network.model, network.meta
    parts = choose_parts(model, options, seed=job.seed)
    model.to(device)
    steps = options.steps_per_epoch or -(-len(cases) // (options.batch_size * options.accumulate))
    learning = Learning(model, parts, options, steps_per_epoch=steps, device=device, precision=job.precision)
    if state.epoch:
        learning.restore(state)
    else:
        objective.begin(model, cases)
    ranks.alike(model.state_dict().values())
    features = None
    if options.keeps_encoder:
        features = frozen_features(model, job.cache or work / "features", device=device, precision=job.precision)
    plan = MemoryPlan(
        parts=state.parts,
        patch=state.patch,
        recompute=state.recompute,
        patch_may_shrink=not meta.whole_volume,
        divisors=model.size_factor,
    )
    samples: Samples = Patches(
        cases,
        target=objective.target,
        augment=options.augment,
        whole_volume=meta.whole_volume,
        mirror=not job.task.sided,
        resize=job.task.answer != "values",  # a volume is a size
    )
    if features is not None:
        samples = FrozenSamples(
            samples, features, window=window_for(model, meta, options, segments=job.task.segments)
        )
    step = TrainingStep(
        model=model,
        objective=objective,
        optimizer=learning.optimizer,
        samples=samples,
        features=features,
        plan=plan,
        device=device,
        precision=job.precision,
        context=context,
        scaler=learning.scaler,
        ranks=ranks,
    )
    weights = case_weights(cases, options, objective)
    views = None if features is None else options.views if options.augment else 1

    def batches_of(epoch: int) -> list[list[Shown]]:
        return epoch_plan(
            len(cases),
            batch_size=options.batch_size * options.accumulate,
            steps=steps,
            seed=job.seed,
            epoch=epoch,
            views=views,
            weights=weights,
        )

    left = range(state.epoch, 0 if state.stopped_early else options.epochs)
    if left:
        learning.begin_epoch(left.start)
        share = ranks.share(batches_of(left.start)[0])
        tell_memory(
            context,
            lambda: estimated_memory(
                model,
                objective,
                plan,
                samples.get(share[0], plan.patch),
                cases=len(share),
                cached=features is not None,
                averaged=options.ema is not None,
                device=device,
                precision=job.precision,
            ),
            plan,
            cases=len(share),
            device=device,
            may_shrink=ranks.size == 1,
        )
    keeping = Keeping(job, network, learning, writes=ranks.first)
    epochs = Epochs(
        job=job,
        network=network,
        objective=objective,
        state=state,
        context=context,
        learning=learning,
        keeping=keeping,
        step=step,
        plan=plan,
        features=features,
        judged=judged,
        ranks=ranks,
        first=left.start,
        pace=Pace(steps * options.epochs, done=state.epoch * steps, memory=max(20, 3 * steps)),
    )
    context.progress(state.epoch * steps, steps * options.epochs, unit="step")

    def shares() -> Iterator[Sequence[Shown]]:
        for epoch in left:
            yield from (ranks.share(batch) for batch in batches_of(epoch))

    # From here on the first batches are cut, so that they are ready when the trial is over.
    with Loader(samples, shares(), patch=lambda: plan.patch, pinned=device.type == "cuda") as loader:
        if left:
            shown = [one for epoch in left for batch in batches_of(epoch) for one in ranks.share(batch)]
            trial = trial_of(step, shown[0], features)
            if trial is not None:
                seconds = trial.seconds(shown=len(shown), encoded=len({(one.case, one.words) for one in shown}))
                tell_time(context, seconds, 1, what="By a first trial the training without its validation")
        try:
            for epoch in left:
                epochs.run(epoch, batches_of(epoch), loader)
                if state.stopped_early:
                    break
        finally:
            keeping.finish()
