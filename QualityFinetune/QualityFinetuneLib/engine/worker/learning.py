"""What changes while a network learns: weights, optimiser, their running mean, the scale of fp16's gradients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext

import torch
from torch import Tensor

from ...models.networks.split import SplitNetwork
from ..protocol.jobs import Precision, TrainOptions
from .averaging import WeightAverage
from .modes import LearningParts
from .optimising import optimiser, set_learning_rate
from .precision import gradient_scaler
from .state import TrainingState, trained_weights


class Learning:
    """A network that learns, with everything that has to be kept to go on learning.

    Args:
        model: on `device`.
        parts: what of it learns.
        options: of the finetune.
        steps_per_epoch: of the optimiser.
        device: where it computes.
        precision: number format.

    Attributes:
        optimizer: over all of `parts`.
        scaler: for fp16; does nothing in other formats.
        average: None where no mean of the weights is wanted.
    """

    def __init__(
        self,
        model: SplitNetwork,
        parts: LearningParts,
        options: TrainOptions,
        *,
        steps_per_epoch: int,
        device: torch.device,
        precision: Precision,
    ) -> None:
        self.model, self._parts, self._options = model, parts, options
        self._steps_per_epoch = steps_per_epoch
        self.optimizer = optimiser(model, options, parts=parts)
        self.scaler = gradient_scaler(device, precision)
        self.average = WeightAverage(parts.all(), decay=options.ema) if options.ema is not None else None

    def begin_epoch(self, epoch: int) -> None:
        """Training mode, with the encoder at rest while what follows it warms up; `epoch` counts from 0."""
        self._parts.hold_encoder(self.model, held=epoch < self._options.decoder_warmup_epochs)

    def set_rate(self, step: int) -> float:
        """Give every parameter its learning rate for `step` of the run; returns the decoder's."""
        steps = self._steps_per_epoch * self._options.epochs
        joins = self._steps_per_epoch * self._options.decoder_warmup_epochs
        return set_learning_rate(self.optimizer, self._options, step=step, steps=steps, encoder_joins=joins)

    def stepped(self) -> None:
        """Called after each step of the optimiser."""
        if self.average is not None:
            self.average.update()

    @contextmanager
    def judged(self) -> Iterator[None]:
        """Evaluation mode, with the mean's weights in place of the last ones where there is a mean."""
        self.model.eval()
        with self.average.in_place() if self.average is not None else nullcontext():
            yield

    def weights(self) -> dict[str, Tensor]:
        """Copies of what learns and of all buffers, as they are now."""
        return trained_weights(self.model, self._parts.all())

    @contextmanager
    def replaced_by(self, weights: Mapping[str, Tensor]) -> Iterator[None]:
        """The network has weights of an earlier moment, from `weights()`, inside, and its own again after."""
        own = self.weights()
        self.model.load_state_dict(weights, strict=False)
        try:
            yield
        finally:
            self.model.load_state_dict(own, strict=False)

    def store(self, state: TrainingState) -> None:
        """Put everything into `state`."""
        state.weights = self.weights()
        state.optimiser = self.optimizer.state_dict()
        state.scaler = self.scaler.state_dict()
        if self.average is not None:
            state.average, state.averaged_steps = self.average.state(), self.average.steps

    def restore(self, state: TrainingState) -> None:
        """Take everything from `state`."""
        self.model.load_state_dict(state.weights, strict=False)
        self.optimizer.load_state_dict(state.optimiser)
        self.scaler.load_state_dict(state.scaler)
        if self.average is not None:
            self.average.restore(state.average, steps=state.averaged_steps)
