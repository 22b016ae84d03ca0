"""How good the network is now on cases it does not learn from, told per label, case and quality stratum."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import SimpleITK as sitk
import torch
from torch import Tensor

from ...cases.tasks import Task
from ...models.meta import ModelMeta
from ..protocol.jobs import Precision, Quality
from .context import JobContext
from .deciding import to_mask
from .inference import probabilities
from .overlap import BOTH_EMPTY, dice
from .preparing import Prepared


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What was found in one case.

    Attributes:
        dice: of each label by its short name; None where it is neither there nor predicted.
    """

    case: str
    quality: Quality | None
    dice: dict[str, float | None]


def judge(
    forward: Callable[[Tensor], Tensor],
    case: Prepared,
    *,
    meta: ModelMeta,
    task: Task,
    device: torch.device,
    precision: Precision,
    context: JobContext,
) -> Judged:
    """Dice of each label, measured on the T2w's own grid."""
    found = probabilities(forward, case, meta=meta, device=device, precision=precision, context=context)
    mask = to_mask(found, case, post=meta.postprocessing, smallest_component_ml=task.smallest_component_ml)
    predicted = sitk.GetArrayFromImage(mask)
    assert case.truth is not None
    scores = {label.short: dice(case.truth == label.value, predicted == label.value) for label in task.labels}
    return Judged(case=case.case.id, quality=case.case.quality, dice=scores)


def conclude(judged: Sequence[Judged], *, task: Task, context: JobContext, epoch: int) -> float | None:
    """Mean Dice over cases and labels, every part of it told; None when no case has any label."""
    scores: list[tuple[Judged, str, float]] = []
    for case in judged:
        for short, score in case.dice.items():
            context.metric(
                "dice", score, epoch=epoch, case=case.case, label=short, stratum=case.quality,
                why=BOTH_EMPTY if score is None else None,
            )  # fmt: skip
            if score is not None:
                scores.append((case, short, score))
    for label in task.labels:
        _tell(context, epoch, label.short, "all", [s for _, name, s in scores if name == label.short])
    for stratum in ("high", "low"):
        chosen = [s for case, _, s in scores if case.quality == stratum]
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
