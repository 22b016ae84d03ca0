"""What a training will need, told before it starts: memory from its footprint, time from its first steps."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, Protocol

import psutil
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import DataDependentOutputException, DynamicOutputShapeException
from torch.utils._pytree import tree_leaves
from torch.utils.checkpoint import checkpoint

from ...common.errors import ErrorCode
from ...models.networks.kernels import as_elsewhere
from ...models.networks.split import SplitNetwork
from ...models.networks.windows import Window
from ..protocol.jobs import Precision
from .context import JobContext
from .footprint import Call, Footprint, footprint_of
from .memory_plan import MemoryPlan
from .precision import format_of
from .sample import Sample

_GB = 1e9
_MARGIN = 1.2
"""Libraries take room for their own work: a process was measured to take 0 to 21 % more than its tensors."""


class HasLoss(Protocol):
    """The part of an `Objective` that an estimate needs."""

    def loss(self, outputs: Tensor | list[Tensor], targets: Tensor) -> Tensor:
        """See `Objective.loss`."""
        ...


def estimated_memory(
    model: SplitNetwork,
    objective: HasLoss,
    plan: MemoryPlan,
    sample: Sample,
    *,
    cases: int,
    cached: bool,
    averaged: bool,
    device: torch.device,
    precision: Precision,
) -> Footprint:
    """The footprint of a step as `plan` cuts it.

    Args:
        model: in training mode.
        objective: gives the loss.
        plan: into how many parts a batch is cut, and whether activations are recomputed.
        sample: of one case, with its image.
        cases: of a batch.
        cached: whether the encoder's features come from a cache.
        averaged: whether a running mean of the weights is kept.
        device: where it will compute.
        precision: number format.
    """
    number_format = format_of(device, precision)
    wanted = number_format is not torch.float32
    at_once = -(-cases // plan.parts)

    def step(call: Call) -> Tensor:
        assert sample.image is not None
        images, targets = (
            torch.zeros((at_once, *one.shape), dtype=one.dtype) for one in (sample.image, sample.target)
        )
        with torch.autocast("cpu", dtype=number_format, enabled=wanted, cache_enabled=device.type != "cpu"):
            outputs = _outputs(call, images, recompute=plan.recompute, cached=cached, window=sample.window)
        try:
            return objective.loss(outputs, targets)
        except (DataDependentOutputException, DynamicOutputShapeException):
            # A loss that looks at its values, as those of answers do; next to the network it takes nothing.
            return sum(one.float().square().mean() for one in tree_leaves(outputs))

    # Only a CPU has the kernels that keep little; other devices keep what PyTorch keeps.
    with nullcontext() if device.type == "cpu" else as_elsewhere():
        return footprint_of(model, step, averaged=averaged)


def _outputs(call: Call, images: Tensor, *, recompute: bool, cached: bool, window: Window | None) -> Any:
    """As `TrainingStep` computes them."""

    def again(method: str, *more: Any) -> Callable[[Any], Any]:
        return lambda given: checkpoint(lambda one: call(method, one, *more), given, use_reentrant=False)

    if cached:
        with torch.no_grad():
            features = [level.float() for level in call("encode", images)]
        which = ("decode",) if window is None else ("decode_window", window)
        return again(*which)(features) if recompute else call(which[0], features, *which[1:])
    if recompute:
        return again("decode")(again("encode")(images))
    return call("forward", images)


def tell_memory(
    context: JobContext,
    estimate: Callable[[], Footprint],
    plan: MemoryPlan,
    *,
    cases: int,
    device: torch.device,
    may_shrink: bool = True,
) -> None:
    """Tell how much memory the training needs; where it is too much, say so and cut batches into smaller parts.

    Smaller parts change nothing in the result. What would change it, smaller patches, is left for when memory has
    really run out.

    Args:
        context: takes the number and the warning.
        estimate: of a step as `plan` cuts it now.
        plan: changed in place.
        cases: of a batch.
        device: where it will compute.
        may_shrink: False leaves `plan` as it is.
    """
    try:
        footprint = estimate()
    except (RuntimeError, TypeError, AssertionError) as error:
        # An operation without a form for tensors without content; what is not foreseen can be trained all the same.
        context.log(f"How much memory the training needs could not be estimated: {type(error).__name__}: {error}.")
        return
    free = free_bytes(device)
    context.metric("estimated_memory", footprint.total / _GB, unit="GB")
    context.log(
        f"The training needs about {footprint.total / _GB:.1f} GB of memory: {footprint.model / _GB:.1f} GB for the "
        f"network, {footprint.optimiser / _GB:.1f} GB for what the optimiser remembers, "
        f"{footprint.step / _GB:.1f} GB for a step; {free / _GB:.1f} GB are free."
    )
    needed = footprint.total - footprint.model  # the network is loaded already
    if needed * _MARGIN <= free:
        return
    context.warn(
        ErrorCode.OUT_OF_MEMORY,
        what="The training may not fit into memory.",
        why=f"It needs about {needed / _GB:.1f} GB more, and {free / _GB:.1f} GB are free.",
        next="Nothing has to be done: smaller parts will be tried; closing other programs makes it faster.",
    )
    while may_shrink and needed * _MARGIN > free and plan.parts < cases and plan.shrink(cases, context):
        footprint = estimate()
        needed = footprint.total - footprint.model


def tell_time(context: JobContext, epoch_s: float, epochs: int, *, what: str) -> None:
    """Tell how long a run will take.

    Args:
        context: takes the number.
        epoch_s: seconds of one epoch.
        epochs: of this run.
        what: what the time is of.
    """
    context.metric("estimated_time", epoch_s * epochs, unit="s")
    context.log(f"{what} will take about {_duration(epoch_s * epochs)}.")


def free_bytes(device: torch.device) -> int:
    """Memory that could still be had on a device."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return int(psutil.virtual_memory().available)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
