"""One training step."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from ...common.errors import ErrorCode, UserError
from ...models.networks.split import SplitNetwork
from ..protocol.jobs import Precision
from .context import JobContext
from .failures import is_out_of_memory
from .feature_cache import FeatureCache
from .memory_plan import MemoryPlan
from .optimising import CLIP_NORM
from .patches import Shown
from .precision import autocast
from .seeding import seed_torch


class Samples(Protocol):
    """Gives what is shown: `Patches`, or views of images that nobody has labelled."""

    def get(self, shown: Shown, patch: tuple[int, int, int]) -> tuple[Tensor, Tensor]:
        """Image float32 (C, *patch) and its target."""
        ...


class HasLoss(Protocol):
    """The part of an `Objective` that a step needs."""

    def loss(self, outputs: Tensor | list[Tensor], targets: Tensor) -> Tensor:
        """See `Objective.loss`."""
        ...


class TrainingStep:
    """Shows a batch to the network and changes its weights once.

    Args:
        model: on `device`.
        objective: gives the loss of its outputs.
        optimizer: over what is to be trained.
        patches: cuts what is shown.
        features: of a frozen encoder; None where the encoder learns.
        plan: what fits into memory; shrunk in place when it turns out that less does.
        device: where to compute.
        precision: see `precision.autocast`.
        context: takes warnings.
    """

    def __init__(
        self,
        *,
        model: SplitNetwork,
        objective: HasLoss,
        optimizer: torch.optim.Optimizer,
        patches: Samples,
        features: FeatureCache | None,
        plan: MemoryPlan,
        device: torch.device,
        precision: Precision,
        context: JobContext,
    ) -> None:
        self._model, self._objective, self._optimizer = model, objective, optimizer
        self._patches, self._features, self._plan = patches, features, plan
        self._device, self._precision, self._context = device, precision, context

    def run(self, batch: Sequence[Shown], *, words: tuple[int | str, ...]) -> float:
        """Train on `batch`; randomness inside the network comes from `words`. Returns the loss.

        Raises:
            UserError: BAD_VALUES when the loss is no longer a number.
        """
        while True:
            try:
                seed_torch(*words)
                return self._once(batch)
            except Exception as error:
                if not is_out_of_memory(error) or not self._plan.shrink(len(batch), self._context):
                    raise
            # Outside the handler: the exception no longer holds the failed step's tensors.
            self._optimizer.zero_grad(set_to_none=True)
            if self._device.type == "cuda":
                torch.cuda.empty_cache()

    def _once(self, batch: Sequence[Shown]) -> float:
        self._optimizer.zero_grad(set_to_none=True)
        size = math.ceil(len(batch) / self._plan.parts)
        total = 0.0
        for start in range(0, len(batch), size):
            part = batch[start : start + size]
            pairs = [self._patches.get(shown, self._plan.patch) for shown in part]
            images = torch.stack([image for image, _ in pairs]).to(self._device)
            targets = torch.stack([target for _, target in pairs]).to(self._device)
            with autocast(self._device, self._precision):
                outputs = self._outputs(images)
            loss = self._objective.loss(outputs, targets) * (len(part) / len(batch))
            loss.backward()
            total += float(loss.detach())
        if not math.isfinite(total):
            raise UserError(
                ErrorCode.BAD_VALUES,
                what="The training went wrong and was stopped.",
                why="The loss is no longer a finite number, so the steps were too large.",
                next="Start again with a smaller learning rate; the best epoch so far is kept.",
            )
        learning = [parameter for group in self._optimizer.param_groups for parameter in group["params"]]
        torch.nn.utils.clip_grad_norm_(learning, CLIP_NORM)
        self._optimizer.step()
        return total

    def _outputs(self, images: Tensor) -> Tensor | list[Tensor]:
        if self._features is not None:
            features = self._features.encode(images)
        elif self._plan.recompute:
            features = checkpoint(self._model.encode, images, use_reentrant=False)
        else:
            return self._model(images)
        if self._plan.recompute:
            return checkpoint(self._model.decode, features, use_reentrant=False)
        return self._model.decode(features)
