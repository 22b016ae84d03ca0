"""A running mean of the weights, which generalises better than the last step's weights do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn


class WeightAverage:
    """Exponential moving average (Polyak and Juditsky, SIAM J. Control Optim. 30:838, 1992) of what learns.

    Early on the mean would still be the start, so its decay grows with the number of steps n: min(decay,
    (1 + n) / (10 + n)), as TensorFlow's ExponentialMovingAverage has it.

    Args:
        parameters: what learns, by name; the mean starts from their present values.
        decay: of the mean, below 1; close to 1 means over many steps.
    """

    def __init__(self, parameters: Mapping[str, nn.Parameter], *, decay: float) -> None:
        self._parameters = dict(parameters)
        self._decay = decay
        self.steps = 0
        self.mean = {name: parameter.detach().clone() for name, parameter in self._parameters.items()}

    @torch.no_grad()
    def update(self) -> None:
        """Take the present weights into the mean."""
        decay = min(self._decay, (1 + self.steps) / (10 + self.steps))
        blend = get_ema_multi_avg_fn(decay)
        blend(list(self.mean.values()), [p.detach() for p in self._parameters.values()], self.steps)
        self.steps += 1

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The network has the mean's weights inside, and its own again after; not to be trained meanwhile."""
        own = {name: parameter.data for name, parameter in self._parameters.items()}
        for name, parameter in self._parameters.items():
            parameter.data = self.mean[name]
        try:
            yield
        finally:
            for name, parameter in self._parameters.items():
                parameter.data = own[name]

    def state(self) -> dict[str, Tensor]:
        """Copies of the mean's weights, on the CPU."""
        return {name: value.cpu().clone() for name, value in self.mean.items()}

    def restore(self, state: Mapping[str, Tensor], *, steps: int) -> None:
        """Go on from what `state` gave."""
        for name, value in state.items():
            self.mean[name].copy_(value)
        self.steps = steps
