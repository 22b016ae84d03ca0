"""One epoch: steps, validation, the best model so far, and what is needed to go on."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from ..protocol.jobs import FinetuneJob
from .context import JobContext, Pace, Stopped
from .distributed import Ranks
from .estimate import tell_time
from .feature_cache import FeatureCache
from .frozen_features import forward_of
from .keeping import Keeping
from .learning import Learning
from .loading import Loader
from .memory_plan import MemoryPlan
from .network import Network
from .objective import Objective
from .outcome import described
from .patches import Shown
from .preparing import Prepared
from .state import TrainingState
from .step import TrainingStep


@dataclass(frozen=True, kw_only=True)
class Epochs:
    """What the epochs of a run share; see `training.train`."""

    job: FinetuneJob
    network: Network
    objective: Objective
    state: TrainingState
    context: JobContext
    learning: Learning
    keeping: Keeping
    step: TrainingStep
    plan: MemoryPlan
    features: FeatureCache | None
    judged: Sequence[Prepared]
    ranks: Ranks
    first: int
    """The epoch that this process starts with, counted from 0."""
    pace: Pace

    def run(self, epoch: int, batches: Sequence[Sequence[Shown]], loader: Loader) -> None:
        """Train for one epoch, judge, keep.

        Args:
            epoch: counted from 0.
            batches: what its steps show.
            loader: gives this rank's share of each, in the same order.

        Raises:
            Stopped: when asked to, before a step.
        """
        began = time.perf_counter()
        loss, rate = self._steps(epoch, batches, loader)
        self.ranks.alike(self.network.model.buffers())
        with self.learning.judged():
            value = self._judge(epoch, loss)
            state = self.state
            state.epoch = epoch + 1
            shown = self.objective.told(value) if self.judged and value is not None else None
            state.history.append(
                {"epoch": epoch + 1, "loss": loss, "learning_rate": rate, self.objective.metric: shown}
            )
            if value is not None and (state.best_value is None or value > state.best_value):
                state.best_value, state.best_epoch = value, epoch + 1
                self.keeping.better(described(self.job, self.network.meta, self.objective, state))
        if epoch == self.first and self.judged and value is not None:
            # The first validation came with it; rarer ones make an epoch shorter than this one.
            tell_time(
                self.context, time.perf_counter() - began, self._epochs_left, what="The training with its validation"
            )
        patience = self.job.options.patience
        if value is not None and patience is not None and epoch + 1 - (state.best_epoch or 0) >= patience:
            state.stopped_early = True
            self.context.log(f"Stopped after epoch {epoch + 1}: nothing better since epoch {state.best_epoch}.")
        state.parts, state.patch, state.recompute = self.plan.parts, self.plan.patch, self.plan.recompute
        self.keeping.epoch_ended(state)

    def _steps(self, epoch: int, batches: Sequence[Sequence[Shown]], loader: Loader) -> tuple[float, float]:
        """Mean loss, and the learning rate of the last step."""
        began, loader.waited_s = time.perf_counter(), 0.0
        total = len(batches) * self.job.options.epochs
        self.learning.begin_epoch(epoch)
        losses: list[float] = []
        rate = 0.0
        for number, batch in enumerate(batches):
            if self.ranks.any(self.context.asked_to_stop()):
                raise Stopped
            step_began = time.perf_counter()
            done = epoch * len(batches) + number
            rate = self.learning.set_rate(done)
            losses.append(self.step.run(batch, words=(self.job.seed, "step", epoch, number), loaded=loader.next()))
            self.learning.stepped()
            if epoch == self.first and number == min(1, len(batches) - 1):
                # The very first step also sets up what the others find ready.
                tell_time(
                    self.context,
                    (time.perf_counter() - step_began) * len(batches),
                    self._epochs_left,
                    what="The training without its validation",
                )
            self.context.progress(done + 1, total, unit="step", eta_s=self.pace.eta_s(done + 1))
        seconds = time.perf_counter() - began
        waiting = loader.waited_s / seconds
        loss = sum(losses) / len(losses)
        self.state.timing.append({"epoch": epoch + 1, "seconds": seconds, "data_wait_share": waiting})
        for name, value in (("loss", loss), ("learning_rate", rate), ("data_wait_share", waiting)):
            self.context.metric(name, value, epoch=epoch + 1)
        return loss, rate

    @property
    def _epochs_left(self) -> int:
        return self.job.options.epochs - self.first

    def _judge(self, epoch: int, loss: float) -> float | None:
        """One number for this epoch, larger is better; None where none is due or can be had."""
        if not self.judged:
            return -loss
        if (epoch + 1) % self.job.options.validate_every and epoch + 1 != self.job.options.epochs:
            return None
        forward = forward_of(self.network.model, self.features)
        # Each rank judges its share of the cases; what they found is put together in the cases' order.
        own = self.ranks.share(self.judged)
        found = self.ranks.gathered(lambda: [self.objective.judge(forward, case) for case in own])
        return self.objective.conclude(found, epoch=epoch + 1)
