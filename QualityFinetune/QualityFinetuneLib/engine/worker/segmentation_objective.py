"""Learning to segment: DiceCE on patches of masks, judged by Dice on each T2w's own grid."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from ...cases.tasks import Task
from ...common.errors import ErrorCode, UserError
from ...models.meta import ModelMeta
from ...models.networks.split import SplitNetwork
from ..protocol.jobs import CaseFiles, Precision
from .context import JobContext
from .losses import SegmentationLoss
from .objective import Fact
from .preparing import Prepared, prepare
from .validating import Judged, conclude, judge

BACKGROUND = "background"
"""What a case without any label is an example of."""


class SegmentationObjective:
    """See `Objective`.

    Args:
        task: gives the labels.
        meta: of the network that learns.
        weights: of its main output and of each auxiliary one.
        device: where it computes.
        precision: see `precision.autocast`.
        context: takes warnings and metrics.
    """

    metric = "dice"

    def __init__(
        self,
        *,
        task: Task,
        meta: ModelMeta,
        weights: Sequence[float],
        device: torch.device,
        precision: Precision,
        context: JobContext,
    ) -> None:
        self._task, self._meta, self._context = task, meta, context
        self._device, self._precision = device, precision
        self._loss = SegmentationLoss(outputs=meta.outputs, weights=weights)

    def prepare(self, case: CaseFiles) -> Prepared:
        return prepare(case, meta=self._meta, task=self._task, context=self._context, with_label=True)

    def check(self, train: Sequence[Prepared]) -> None:
        empty = [case.case.id for case in train if case.truth is None or not case.truth.any()]
        if len(empty) == len(train):
            raise UserError(
                ErrorCode.NO_LABEL,
                what=f"There is no {self._task.title.lower()} to learn.",
                why="The masks of all training cases are background only.",
                next="Segment at least one case, or check that the masks belong to this task.",
            )
        for case in empty:
            self._context.warn(
                ErrorCode.NO_LABEL,
                what=f"Case {case} teaches background only.",
                why="No voxel of its mask is labelled.",
                next="Leave it out if the structure is there and was not segmented.",
                case=case,
            )

    def begin(self, model: SplitNetwork, train: Sequence[Prepared]) -> None:
        """Nothing: a segmentation starts from weights alone."""

    def target(self, case: Prepared, label: Tensor | None) -> Tensor:
        assert label is not None, "`prepare` reads a mask for every case"
        return label

    def loss(self, outputs: Tensor | list[Tensor], targets: Tensor) -> Tensor:
        return self._loss(outputs, targets)

    def judge(self, forward: Callable[[Tensor], Tensor], case: Prepared) -> Judged:
        return judge(
            forward, case, meta=self._meta, task=self._task, device=self._device, precision=self._precision,
            context=self._context,
        )  # fmt: skip

    def conclude(self, judged: Sequence[Judged], *, epoch: int) -> float | None:
        return conclude(judged, task=self._task, context=self._context, epoch=epoch)

    def kinds(self, case: Prepared) -> frozenset[str]:
        assert case.truth is not None
        present = set(np.unique(case.truth).tolist())
        found = frozenset(label.short for label in self._task.labels if label.value in present)
        return found or frozenset({BACKGROUND})

    def told(self, value: float) -> float:
        return value

    def facts(self, value: float | None) -> dict[str, Fact]:
        return {"validation_dice": value}
