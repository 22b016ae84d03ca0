"""How good the network is now on cases it does not learn from, told per label, case and quality stratum."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Literal

import SimpleITK as sitk
import torch
from torch import Tensor

from ...cases.tasks import Task
from ...models.meta import ModelMeta
from ..protocol.jobs import Precision
from .context import JobContext
from .deciding import to_mask
from .inference import probabilities
from .overlap import BOTH_EMPTY, dice
from .preparing import Prepared


def validate(
    forward: Callable[[Tensor], Tensor],
    cases: Sequence[Prepared],
    *,
    meta: ModelMeta,
    task: Task,
    device: torch.device,
    precision: Precision,
    context: JobContext,
    epoch: int,
) -> float | None:
    """Mean Dice over cases and labels, measured on each T2w's own grid; None when no case has any label."""
    scores: list[tuple[Prepared, str, float]] = []
    for case in cases:
        found = probabilities(forward, case, meta=meta, device=device, precision=precision, context=context)
        mask = to_mask(found, case, post=meta.postprocessing, smallest_component_ml=task.smallest_component_ml)
        predicted = sitk.GetArrayFromImage(mask)
        assert case.truth is not None
        for label in task.labels:
            score = dice(case.truth == label.value, predicted == label.value)
            context.metric(
                "dice", score, epoch=epoch, case=case.case.id, label=label.short, stratum=case.case.quality,
                why=BOTH_EMPTY if score is None else None,
            )  # fmt: skip
            if score is not None:
                scores.append((case, label.short, score))
    for label in task.labels:
        _tell(context, epoch, label.short, "all", [s for _, name, s in scores if name == label.short])
    for stratum in ("high", "low"):
        chosen = [s for case, _, s in scores if case.case.quality == stratum]
        if chosen:
            _tell(context, epoch, None, stratum, chosen)
    return _tell(context, epoch, None, "all", [s for _, _, s in scores])


def _tell(
    context: JobContext,
    epoch: int,
    label: str | None,
    stratum: Literal["high", "low", "all"],
    scores: Sequence[float],
) -> float | None:
    mean = statistics.fmean(scores) if scores else None
    why = None if scores else "No validation case has this label."
    context.metric("dice", mean, epoch=epoch, label=label, stratum=stratum, why=why)
    return mean
