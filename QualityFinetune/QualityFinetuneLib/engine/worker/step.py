"""One training step."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ...common.errors import ErrorCode, UserError
from ...models.networks.split import SplitNetwork
from ..protocol.jobs import Precision
from .context import JobContext
from .distributed import ALONE, Ranks
from .failures import MEMORY_ERRORS, is_out_of_memory
from .feature_cache import FeatureCache
from .heap import suit_heap
from .loading import Loaded, Samples
from .memory_plan import MemoryPlan
from .optimising import CLIP_NORM
from .patches import Shown
from .precision import autocast
from .sample import Sample
from .seeding import seed_torch
from .shared_gradients import SharedGradients


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
        samples: gives what is shown.
        features: of a frozen encoder; None where the encoder learns.
        plan: what fits into memory; shrunk in place when it turns out that less does.
        device: where to compute.
        precision: see `precision.autocast`.
        context: takes warnings.
        scaler: for gradients in fp16; None in other formats.
        ranks: the processes that share each batch.
    """

    def __init__(
        self,
        *,
        model: SplitNetwork,
        objective: HasLoss,
        optimizer: torch.optim.Optimizer,
        samples: Samples,
        features: FeatureCache | None,
        plan: MemoryPlan,
        device: torch.device,
        precision: Precision,
        context: JobContext,
        scaler: torch.amp.GradScaler | None = None,
        ranks: Ranks = ALONE,
    ) -> None:
        self._model, self._objective, self._optimizer = model, objective, optimizer
        self._samples, self._features, self._plan = samples, features, plan
        self._device, self._precision, self._context = device, precision, context
        self._scaler = scaler or torch.amp.GradScaler(device.type, enabled=False)
        self._ranks = ranks
        learning = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        suit_heap(learning)
        self._shared = SharedGradients(self._outputs, learning, ranks=ranks)
        self._over_batch = [
            module
            for name, module in model.named_modules()
            if isinstance(module, nn.BatchNorm1d) and not name.startswith("encoder.")
        ]

    def run(self, batch: Sequence[Shown], *, words: tuple[int | str, ...], loaded: Loaded | None = None) -> float:
        """Train on `batch`; randomness inside the network comes from `words`. Returns the loss.

        Args:
            batch: what all ranks show together.
            words: see `seeding`.
            loaded: this rank's share of the batch, cut already; None cuts it now.

        Raises:
            UserError: BAD_VALUES when the loss is no longer a number.
        """
        share = self._ranks.share(batch)
        while True:
            short: Exception | None = None
            try:
                seed_torch(*words, *([self._ranks.rank] if self._ranks.rank else []))
                total = self._gradients(share, loaded, of=len(batch))
            except MEMORY_ERRORS as error:
                if not is_out_of_memory(error):
                    raise
                short = error.with_traceback(None)  # which would keep the failed step's tensors
            if short is not None:
                self._shared.make_up()
            if not self._ranks.any(short is not None):
                break
            self._shared.forget()
            self._optimizer.zero_grad(set_to_none=True)
            if self._device.type == "cuda":
                torch.cuda.empty_cache()
            if not self._plan.shrink(math.ceil(len(batch) / self._ranks.size), self._context):
                raise short or MemoryError("another process of the training ran out of memory")
        self._shared.finish()
        total = self._ranks.total(total)
        if not math.isfinite(total):
            raise UserError(
                ErrorCode.BAD_VALUES,
                what="The training went wrong and was stopped.",
                why="The loss is no longer a finite number, so the steps were too large.",
                next="Start again with a smaller learning rate; the best epoch so far is kept.",
            )
        learning = [parameter for group in self._optimizer.param_groups for parameter in group["params"]]
        self._scaler.unscale_(self._optimizer)
        torch.nn.utils.clip_grad_norm_(learning, CLIP_NORM)
        self._scaler.step(self._optimizer)
        self._scaler.update()
        return total

    def try_out(self, share: Sequence[Shown]) -> None:
        """Go forward and backward over `share` without a step; nothing of it is left but features that are kept."""
        buffers = [buffer.clone() for buffer in self._model.buffers()]
        gpu = [self._device] if self._device.type == "cuda" else []
        try:
            with torch.random.fork_rng(gpu):
                self._gradients(share, None, of=len(share))
        finally:
            with torch.no_grad():
                for buffer, before in zip(self._model.buffers(), buffers, strict=True):
                    buffer.copy_(before)
            self._optimizer.zero_grad(set_to_none=True)
        if gpu:
            torch.cuda.synchronize(self._device)

    def _gradients(self, share: Sequence[Shown], loaded: Loaded | None, *, of: int) -> float:
        """Add up the gradients of the loss over `share`, part by part, as a share of a batch of `of`."""
        self._optimizer.zero_grad(set_to_none=True)
        self._shared.begin()
        size = math.ceil(len(share) / self._plan.parts)
        total = 0.0
        for start in range(0, len(share), size):
            if loaded is not None and loaded.patch == self._plan.patch:
                samples = loaded.samples[start : start + size]
            else:
                samples = [self._samples.get(shown, self._plan.patch) for shown in share[start : start + size]]
            targets = self._there([sample.target for sample in samples])
            for layer in self._over_batch:
                # One exam has no spread to be normalised by: it is normalised as in prediction.
                layer.train(len(samples) > 1)
            with self._shared.part(last=start + size >= len(share)) as outputs_of:
                with autocast(self._device, self._precision):
                    outputs = outputs_of(samples)
                loss = self._objective.loss(outputs, targets) * (len(samples) / of)
                self._scaler.scale(loss).backward()
            total += float(loss.detach())
        return total

    def _there(self, tensors: Sequence[Tensor]) -> Tensor:
        """One batch on the device; what the loader pinned is copied while the processor goes on."""
        return torch.stack([tensor.to(self._device, non_blocking=tensor.is_pinned()) for tensor in tensors])

    def _outputs(self, samples: Sequence[Sample]) -> Tensor | list[Tensor]:
        features: list[Tensor]
        if self._features is None:
            images = self._there([sample.image for sample in samples if sample.image is not None])
            if not self._plan.recompute:
                return self._model(images)
            features = checkpoint(self._model.encode, images, use_reentrant=False)
            return checkpoint(self._model.decode, features, use_reentrant=False)
        known = [self._features_of(sample, self._features) for sample in samples]
        if samples[0].window is None:
            features = [torch.cat(level) for level in zip(*known, strict=True)]
            return self._decoded(self._model.decode, features)
        each = [
            self._decoded(self._model.decode_window, features, sample.window)
            for sample, features in zip(samples, known, strict=True)
        ]
        return [torch.cat(output) for output in zip(*each, strict=True)]

    def _features_of(self, sample: Sample, cache: FeatureCache) -> list[Tensor]:
        """Of one case, (1, C, ...) a level: as loaded, or computed and kept for the next time."""
        if sample.features is None:
            assert sample.image is not None
            computed = cache.encode(self._there([sample.image]))
            if sample.found is not None:
                sample.found([level[0] for level in computed])
            return computed
        there = [level.to(self._device, non_blocking=level.is_pinned())[None] for level in sample.features]
        # Of a window's features only that is made fp32 which is needed.
        return there if sample.window is not None else [level.float() for level in there]

    def _decoded(self, decode: Callable[..., Any], *given: Any) -> Any:
        return checkpoint(decode, *given, use_reentrant=False) if self._plan.recompute else decode(*given)
