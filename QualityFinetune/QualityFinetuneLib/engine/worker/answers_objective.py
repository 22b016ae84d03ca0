"""Learning to answer for whole exams: a class, a grade, labels or values; judged by the task's own metric."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ...cases.answers import answer_keys, check_numbers, position_of, words
from ...cases.tasks import METRICS, Task
from ...common.errors import ErrorCode, UserError
from ...models.answers import ANSWERS
from ...models.meta import ModelMeta
from ...models.networks.heads import Measured
from ...models.networks.split import SplitNetwork
from ..protocol.jobs import CaseFiles, Precision
from .answer_scores import Answered, Score, scores
from .answers_reading import answered, outputs_for_exam
from .context import JobContext
from .objective import Fact
from .preparing import Prepared, prepare

UNKNOWN = "unknown"
"""What a case without an answer is an example of."""
_TIE_BREAK = 1e-6
"""How much the validation loss counts beside the metric: nothing, unless two epochs have the same metric."""
_LARGEST_WEIGHT = 10.0
_OF_DIFFERENCES = ("quadratic_kappa", "macro_auc", "r2")
"""Metrics that say nothing where all cases have the same answer, whatever is predicted."""


class AnswersObjective:
    """See `Objective`.

    Args:
        task: says what is asked.
        meta: of the network that learns.
        device: where it computes.
        precision: see `precision.autocast`.
        context: takes warnings and metrics.
        balanced: rare classes, grades and labels count more in the loss; False where they are shown more often.
    """

    def __init__(
        self,
        *,
        task: Task,
        meta: ModelMeta,
        device: torch.device,
        precision: Precision,
        context: JobContext,
        balanced: bool = True,
    ) -> None:
        self.metric: str = task.metric
        self._task, self._meta, self._context = task, meta, context
        self._device, self._precision, self._balanced = device, precision, balanced
        self._answer = ANSWERS[task.answer]
        self._of_choice: tuple[float, ...] | None = None
        self._of_output: Tensor | None = None

    def prepare(self, case: CaseFiles) -> Prepared:
        if case.answer is not None:
            check_numbers(self._task, case.answer, whose=f"the answer of case {case.id}")
        return prepare(case, meta=self._meta, task=self._task, context=self._context)

    def check(self, train: Sequence[Prepared]) -> None:
        known = [case for case in train if not self._targets(case.case).isnan().all()]
        if not known:
            raise UserError(
                ErrorCode.NO_LABEL,
                what=f"There is no {self._task.title} to learn.",
                why="No training case has a known answer.",
                next="Import the answers of some training cases first.",
            )
        for case in train:
            if case not in known:
                self._context.warn(
                    ErrorCode.NO_LABEL,
                    what=f"Case {case.case.id} teaches nothing.",
                    why=f"Its {self._task.title} is not known.",
                    next="Leave it out, or import its answer.",
                    case=case.case.id,
                )
        self._weigh(known)
        first = known[0].case.answer
        if first is not None and all(case.case.answer == first for case in known):
            self._context.warn(
                ErrorCode.TOO_FEW_CASES,
                what="The model can only learn to say always the same.",
                why=f"Every training case is {words(self._task, first)}."
                if len(known) > 1
                else f"There is a single training case, and it is {words(self._task, first)}.",
                next="Add cases with other answers.",
            )

    def begin(self, model: SplitNetwork, train: Sequence[Prepared]) -> None:
        """A head for values learns mean and spread of the training cases, in their unit."""
        for module in model.modules():
            if isinstance(module, Measured):
                known = torch.stack([self._targets(case.case) for case in train])
                for column in range(known.shape[1]):
                    if known[:, column].isnan().all():
                        known[:, column] = 0.0  # never asked for by the loss
                module.fit(known.to(module.mean.device))

    def target(self, case: Prepared, label: Tensor | None) -> Tensor:
        return self._targets(case.case)

    def loss(self, outputs: Tensor | list[Tensor], targets: Tensor) -> Tensor:
        main = outputs[0] if isinstance(outputs, list) else outputs
        if self._task.answer not in ("classes", "grades"):
            weight = None if self._of_output is None else self._of_output.to(main.device)
            return self._answer.loss(main, targets, weight=weight)
        weights = self._weights_of(targets)
        # Each exam by itself: a batch's own mean of weights would undo them, most of all in a batch of one.
        each = [self._answer.loss(main[n : n + 1], targets[n : n + 1]) * weights[n] for n in range(len(targets))]
        known = int((~targets.isnan()).sum())
        return torch.stack(each).sum() / max(known, 1)

    def judge(self, forward: Callable[[Tensor], Tensor], case: Prepared) -> tuple[Answered, float | None]:
        """The answer, and the loss where the truth is known."""
        self._context.stop_if_asked()
        outputs = outputs_for_exam(forward, case, device=self._device, precision=self._precision)
        target = self._targets(case.case)
        loss = None if target.isnan().all() else float(self.loss(outputs, target[None]))
        return answered(outputs, case, self._task), loss

    def conclude(self, judged: Sequence[tuple[Answered, float | None]], *, epoch: int) -> float | None:
        told = [answer for answer, _ in judged]
        losses = [loss for _, loss in judged if loss is not None]
        found = scores(self._task, told, intervals=False)
        for score in found:
            self._context.metric(
                score.metric, score.value, unit=score.unit, epoch=epoch, label=score.label, stratum=score.stratum,
                why=score.why if score.value is None else None,
            )  # fmt: skip
        if not losses:
            return None
        if not any(score.metric == self.metric and score.label is None for score in found):
            self._context.metric(self.metric, self._mean(found), epoch=epoch, stratum="all")
        return self._worth(found, told) - _TIE_BREAK * math.tanh(sum(losses) / len(losses) / 100.0)

    def kinds(self, case: Prepared) -> frozenset[str]:
        answer = case.case.answer
        if answer is None or all(number is None for number in answer):
            return frozenset({UNKNOWN})
        if self._task.answer == "values":
            return frozenset({self._task.name})
        if self._task.answer == "labels":
            held = {key for key, number in zip(answer_keys(self._task), answer, strict=True) if number}
            return frozenset(held or {"none"})
        return frozenset({words(self._task, answer)})

    def told(self, value: float) -> float:
        """The metric as a reader knows it, from what `conclude` gave: an error is positive again."""
        shown = round(value, 5)
        return -shown if self._smaller_is_better(self.metric) else shown

    def facts(self, value: float | None) -> dict[str, Fact]:
        return {f"validation_{self.metric}": None if value is None else self.told(value)}

    def _worth(self, found: Sequence[Score], told: Sequence[Answered]) -> float:
        """The task's metric as larger is better; where the cases leave it open, another of the same kind."""
        alike = len({case.truth for case in told if any(number is not None for number in case.truth)}) < 2
        by_name: dict[str, list[float]] = {}
        for score in found:
            if score.stratum == "all" and score.value is not None and not (alike and score.metric in _OF_DIFFERENCES):
                by_name.setdefault(score.metric, []).append(score.value)
        rest = tuple(metric for metric in METRICS[self._task.answer] if metric != self.metric)
        for metric in (self.metric, *rest):
            if metric in by_name:
                values = by_name[metric]
                if metric != self.metric:
                    self._context.warn(
                        ErrorCode.TOO_FEW_CASES,
                        what=f"The best epoch is chosen by {metric.replace('_', ' ')}.",
                        why=f"The validation cases are too much alike for {self.metric.replace('_', ' ')}.",
                        next="Add validation cases with other answers.",
                    )
                mean = sum(values) / len(values)
                return -mean if self._smaller_is_better(metric) else mean
        return 0.0

    def _mean(self, found: Sequence[Score]) -> float | None:
        """The metric over labels or values, where each is told by itself."""
        values = [s.value for s in found if s.metric == self.metric and s.stratum == "all" and s.value is not None]
        return sum(values) / len(values) if values else None

    @staticmethod
    def _smaller_is_better(metric: str) -> bool:
        return metric == "mean_absolute_error"

    def _targets(self, case: CaseFiles) -> Tensor:
        """The target of a case: () for classes and grades counting from 0, (keys,) else; NaN is not known."""
        numbers = case.answer if case.answer is not None else (None,) * len(answer_keys(self._task))
        if self._task.answer in ("classes", "grades"):
            (number,) = numbers
            return torch.tensor(math.nan if number is None else float(position_of(self._task, number)))
        return torch.tensor([math.nan if number is None else float(number) for number in numbers])

    def _weigh(self, known: Sequence[Prepared]) -> None:
        """Weights in inverse proportion to how common an answer is, one on average over the training cases."""
        targets = torch.stack([self._targets(case.case) for case in known])
        if self._task.answer == "values":
            # One over the variance: the loss does not depend on the unit.
            columns = [column[~column.isnan()] for column in targets.T]
            spread = torch.stack([one.var(correction=0) if len(one) else torch.tensor(0.0) for one in columns])
            self._of_output = torch.where(spread > 0, 1.0 / spread, torch.ones_like(spread))
        elif not self._balanced:
            return
        elif self._task.answer == "labels":
            held = (targets == 1).sum(0).float()
            free = (targets == 0).sum(0).float()
            weight = torch.where((held > 0) & (free > 0), free / held.clamp(min=1), torch.ones_like(held))
            self._of_output = weight.clamp(1 / _LARGEST_WEIGHT, _LARGEST_WEIGHT)
        else:
            count = Counter(int(target) for target in targets)
            common = len(known) / len(count)
            of_choice = [common / count[k] if count[k] else 1.0 for k in range(len(self._task.choices))]
            self._of_choice = tuple(min(weight, _LARGEST_WEIGHT) for weight in of_choice)

    def _weights_of(self, targets: Tensor) -> list[float]:
        if self._of_choice is None:
            return [1.0] * len(targets)
        return [0.0 if target != target else self._of_choice[int(target)] for target in targets.tolist()]
