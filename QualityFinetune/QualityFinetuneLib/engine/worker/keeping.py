"""When what was learned is written down: the best model so far, and the state to go on from."""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from torch import Tensor

from ...models.meta import ModelMeta
from ...models.package import save_model
from ..protocol.jobs import FinetuneJob
from .learning import Learning
from .network import Network
from .outcome import BEST
from .state import TrainingState, save_state

WRITING_SHARE = 0.1
"""Of a training's time. Where epochs take a second, writing after each of them would take longer than they do."""


@dataclass
class _Best:
    meta: ModelMeta
    weights: Mapping[str, Tensor]


class Keeping:
    """Writes `best/` and `last.pt` after an epoch, or remembers both while epochs are shorter than writing is worth.

    A killed process then loses the epochs since the last writing, ten times the time that writing takes at most, and
    computes them again to the same numbers. One that ends in order, by a stop or an error, loses nothing: `finish`.

    Args:
        job: gives the folder.
        network: with the weights as they are; changed only while an older best model is written.
        learning: what changes.
        writes: False for a process that shares a training and is not the one that writes.
    """

    def __init__(self, job: FinetuneJob, network: Network, learning: Learning, *, writes: bool) -> None:
        self._folder, self._network, self._learning, self._writes = job.output, network, learning, writes
        self._best: _Best | None = None
        self._state: TrainingState | None = None
        self._rests_until = float("-inf")
        self._took_s = 0.0

    def better(self, meta: ModelMeta) -> None:
        """The network as it is now, in evaluation, is the best so far; `meta` describes it."""
        if not self._writes:
            return
        if self._due:
            began = time.monotonic()
            save_model(self._folder / BEST, self._network.model, meta)
            self._took_s = time.monotonic() - began
            self._best = None
        else:
            self._best = _Best(meta, self._learning.weights())

    def epoch_ended(self, state: TrainingState) -> None:
        """`state` tells of everything but what `learning` knows, which is put into it."""
        if not self._writes:
            return
        self._learning.store(state)
        began = time.monotonic()
        if self._due:
            self._write(state)
            now = time.monotonic()
            self._rests_until = now + (self._took_s + now - began) / WRITING_SHARE
            self._took_s = 0.0
        else:
            # What the optimiser remembers is its own, and goes on changing.
            self._state = replace(
                state,
                optimiser=copy.deepcopy(state.optimiser),
                history=list(state.history),
                timing=list(state.timing),
            )

    def finish(self) -> None:
        """Write what has only been remembered; called at the end, however it comes."""
        if self._state is not None:
            self._write(self._state)

    @property
    def _due(self) -> bool:
        return time.monotonic() >= self._rests_until

    def _write(self, state: TrainingState) -> None:
        # The best model is written before the record that says so: a kill in between repeats this epoch and finds
        # the same best again, while the other order could promise a model that is not there.
        if self._best is not None:
            with self._learning.replaced_by(self._best.weights):
                save_model(self._folder / BEST, self._network.model, self._best.meta)
        save_state(self._folder, state)
        self._best = self._state = None
