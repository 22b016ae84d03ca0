"""Kinds of answers for a whole exam: how each is learnt, and how it is read.

Targets are float tensors with one row an exam. NaN means that nobody knows, and does not count in the loss.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor
from torch.nn import functional


class Answer(ABC):
    """One kind of answer. `outputs` of a head always have one row an exam."""

    @abstractmethod
    def loss(self, outputs: Tensor, target: Tensor, *, weight: Tensor | None = None) -> Tensor:
        """Mean loss over what is known in `target`; zero (with gradients of zero) where nothing is.

        Args:
            outputs: as the head gives them.
            target: (N,) for classes and grades counting from 0, (N, outputs) for labels (0 or 1) and values.
            weight: what each class, threshold, positive label or value counts; None counts all alike.
        """

    @abstractmethod
    def probabilities(self, outputs: Tensor) -> Tensor | None:
        """Of each class, grade or label, (N, ...); None for values."""

    @abstractmethod
    def read(self, outputs: Tensor) -> Tensor:
        """The answer itself: class or grade (N,), labels as booleans (N, labels), values (N, values)."""

    @abstractmethod
    def mean(self, outputs: Tensor) -> Tensor:
        """Outputs (1, outputs) of several looks at one exam (looks, outputs) together, one row a look.

        Their probabilities are the mean of the looks' probabilities, values the mean of the values.
        """


class Classes(Answer):
    """One of several that exclude each other. Cross-entropy, as in ProFound's recipe."""

    def loss(self, outputs: Tensor, target: Tensor, *, weight: Tensor | None = None) -> Tensor:
        known = ~target.isnan()
        if not known.any():
            return 0.0 * outputs.sum()
        return functional.cross_entropy(outputs[known].float(), target[known].long(), weight=weight)

    def probabilities(self, outputs: Tensor) -> Tensor:
        return outputs.float().softmax(1)

    def read(self, outputs: Tensor) -> Tensor:
        return outputs.argmax(1)

    def mean(self, outputs: Tensor) -> Tensor:
        return outputs.float().log_softmax(1).logsumexp(0, keepdim=True) - math.log(len(outputs))


class Grades(Answer):
    """One of several in an order (PI-RADS, ISUP): logit k says whether the grade is higher than k.

    The loss is CORAL's (Cao, Mirjalili, Raschka, arXiv 1901.07884, equation 4): binary cross-entropy of every
    threshold, summed. `weight` is the importance of each threshold there.
    """

    def loss(self, outputs: Tensor, target: Tensor, *, weight: Tensor | None = None) -> Tensor:
        known = ~target.isnan()
        if not known.any():
            return 0.0 * outputs.sum()
        logits = outputs[known].float()
        higher = (target[known][:, None] > torch.arange(logits.shape[1], device=logits.device)).float()
        return functional.binary_cross_entropy_with_logits(logits, higher, weight=weight, reduction="sum") / len(
            logits
        )

    def probabilities(self, outputs: Tensor) -> Tensor:
        higher = outputs.float().sigmoid()
        certain, never = torch.ones_like(higher[:, :1]), torch.zeros_like(higher[:, :1])
        return torch.cat([certain, higher], 1) - torch.cat([higher, never], 1)

    def read(self, outputs: Tensor) -> Tensor:
        """The median grade: how many thresholds are more likely passed than not."""
        return (outputs > 0).sum(1)

    def mean(self, outputs: Tensor) -> Tensor:
        return _logit_of_mean(outputs)


class Labels(Answer):
    """Several that may hold together, such as zones with a lesion. Binary cross-entropy of each label."""

    def loss(self, outputs: Tensor, target: Tensor, *, weight: Tensor | None = None) -> Tensor:
        known = ~target.isnan()
        if not known.any():
            return 0.0 * outputs.sum()
        each = functional.binary_cross_entropy_with_logits(
            outputs.float(), target.nan_to_num().float(), pos_weight=weight, reduction="none"
        )
        return each[known].mean()

    def probabilities(self, outputs: Tensor) -> Tensor:
        return outputs.float().sigmoid()

    def read(self, outputs: Tensor) -> Tensor:
        return outputs > 0

    def mean(self, outputs: Tensor) -> Tensor:
        return _logit_of_mean(outputs)


class Values(Answer):
    """Numbers with a unit, such as a volume in ml. Mean squared error, as in ProFound's recipe.

    `weight` should be one over the variance of each value, so that the loss does not depend on the unit.
    """

    def loss(self, outputs: Tensor, target: Tensor, *, weight: Tensor | None = None) -> Tensor:
        known = ~target.isnan()
        if not known.any():
            return 0.0 * outputs.sum()
        squares = (outputs.float() - target.nan_to_num()).square()
        return (squares if weight is None else squares * weight)[known].mean()

    def probabilities(self, outputs: Tensor) -> None:
        return None

    def read(self, outputs: Tensor) -> Tensor:
        return outputs

    def mean(self, outputs: Tensor) -> Tensor:
        return outputs.float().mean(0, keepdim=True)


def _logit_of_mean(logits: Tensor) -> Tensor:
    """Logit of the mean of probabilities (looks, outputs), exact also where they are next to 0 or 1."""
    held, not_held = (functional.logsigmoid(sign * logits.float()).logsumexp(0, keepdim=True) for sign in (1, -1))
    return held - not_held


ANSWERS: dict[str, Answer] = {"classes": Classes(), "grades": Grades(), "labels": Labels(), "values": Values()}
"""By the name that a card's option `answer` uses."""
