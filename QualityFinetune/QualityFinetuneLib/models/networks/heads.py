"""Heads that give one answer for an exam: two linear layers, the last made for the kind of answer."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class CumulativeLink(nn.Module):
    """Logits of "the grade is higher than k" for k = 0 ... grades - 2, which never contradict each other.

    Cumulative link model (McCullagh, J. R. Stat. Soc. B 42:109, 1980): one score f for an exam and thresholds that
    all exams share, logit k = f - threshold k. Thresholds are the first one plus positive steps, so they are in order
    at any time; the probability of a higher grade is never above that of a lower one.

    Args:
        width: channels that come in.
        grades: how many grades there are, at least two.
    """

    def __init__(self, width: int, grades: int) -> None:
        super().__init__()
        if grades < 2:
            raise ValueError("there must be at least two grades")
        self.score = nn.Linear(width, 1, bias=False)
        start = torch.linspace(-1.0, 1.0, grades - 1) if grades > 2 else torch.zeros(1)
        self.first = nn.Parameter(start[:1].clone())
        # softplus(steps) is the distance between neighbours.
        self.steps = nn.Parameter(torch.log(torch.expm1(start.diff())))

    def thresholds(self) -> Tensor:
        """Scores at which the next grade becomes as likely as not, ascending."""
        return torch.cat([self.first, self.first + functional.softplus(self.steps).cumsum(0)])

    def forward(self, vectors: Tensor) -> Tensor:
        return self.score(vectors) - self.thresholds()


class Measured(nn.Module):
    """Values in their own unit (ml, say) from a linear layer whose output has mean 0 and spread 1.

    Mean and spread travel with the weights; `fit` sets them from the training cases before training.

    Args:
        width: channels that come in.
        values: how many values are asked for.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, width: int, values: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, values)
        self.register_buffer("mean", torch.zeros(values))
        self.register_buffer("spread", torch.ones(values))

    @torch.no_grad()
    def fit(self, targets: Tensor) -> None:
        """Take mean and spread from the training cases' values (N, values); a missing value is NaN.

        Raises:
            ValueError: when a value is known in no case.
        """
        for number, column in enumerate(targets.T):
            known = column[~column.isnan()]
            if not len(known):
                raise ValueError(f"value {number} is known in no case")
            self.mean[number] = known.mean()
            spread = known.std(correction=0)
            self.spread[number] = spread if spread > 0 else 1.0

    def forward(self, vectors: Tensor) -> Tensor:
        return self.mean + self.spread * self.linear(vectors)


class ExamNorm(nn.BatchNorm1d):
    """Batch normalisation that can be shown a single exam in training.

    One exam has no spread, so it is normalised by the running statistics, as in prediction, and leaves them as they
    are. Names and shapes are those of `BatchNorm1d`.
    """

    def forward(self, vectors: Tensor) -> Tensor:
        if not self.training or len(vectors) > 1:
            return super().forward(vectors)
        return functional.batch_norm(
            vectors, self.running_mean, self.running_var, self.weight, self.bias, training=False, eps=self.eps
        )


LAST_LAYERS = {"classes": nn.Linear, "grades": CumulativeLink, "labels": nn.Linear, "values": Measured}
"""What follows the hidden layer for each kind of answer."""


def exam_head(answer: str, *, width: int, hidden: int, outputs: int) -> nn.Sequential:
    """ProFound's head; for classes and labels with the published names and shapes.

    Args:
        answer: kind of answer, see `models.answers`.
        width: channels that come in.
        hidden: width of the hidden layer; 0 leaves it out, which makes the head linear.
        outputs: classes, grades, labels or values.

    Raises:
        ValueError: for an unknown kind of answer, or fewer than two grades.
    """
    if answer not in LAST_LAYERS:
        raise ValueError(f"there is no answer {answer!r}; there are {', '.join(LAST_LAYERS)}")
    last: nn.Module = LAST_LAYERS[answer](hidden or width, outputs)
    if not hidden:
        return nn.Sequential(last)
    return nn.Sequential(nn.Linear(width, hidden), ExamNorm(hidden), nn.ReLU(), last)
