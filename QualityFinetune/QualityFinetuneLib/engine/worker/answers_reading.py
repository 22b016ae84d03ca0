"""From an exam to its answer: what a network for whole exams says, as numbers and probabilities of the task."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ...cases.tasks import Task
from ...models.answers import ANSWERS
from ..protocol.jobs import Precision
from .answer_scores import Answered
from .precision import autocast
from .preparing import Prepared


@torch.no_grad()
def outputs_for_exam(
    forward: Callable[[Tensor], Tensor | list[Tensor]],
    prepared: Prepared,
    *,
    device: torch.device,
    precision: Precision,
) -> Tensor:
    """The network's outputs (1, outputs) for a case, fp32 on the CPU.

    Args:
        forward: images (N, C, *axes) to outputs, in evaluation mode.
        prepared: the case on the network's grid.
        device: where `forward` computes.
        precision: see `precision.autocast`.
    """
    # A memory-mapped image is read-only, which torch does not take.
    image = prepared.image if prepared.image.flags.writeable else np.array(prepared.image)
    with autocast(device, precision):
        outputs = forward(torch.from_numpy(image)[None].to(device))
    assert isinstance(outputs, Tensor)  # auxiliary outputs are for training alone
    return outputs.float().cpu()


def unsure(each: Tensor, task: Task) -> tuple[float | None, ...]:
    """How unsure an answer is, one number for each of `cases.answers.answer_keys`.

    Of a class, a grade or a label the predictive entropy in nats (Gal, Uncertainty in Deep Learning, 2016, section
    3.3.1) of the mean over the looks; of a value the standard deviation (n - 1) over the looks, None for one look.

    Args:
        each: outputs (looks, outputs).
        task: says what they mean.
    """
    kind = ANSWERS[task.answer]
    if task.answer == "values":
        return tuple(each.float().std(0).tolist()) if len(each) > 1 else (None,) * each.shape[1]
    likely = kind.probabilities(kind.mean(each))
    assert likely is not None
    if task.answer == "labels":
        return tuple((torch.special.entr(likely) + torch.special.entr(1 - likely))[0].tolist())
    return (float(torch.special.entr(likely.clamp(min=0)).sum()),)


def answered(outputs: Tensor, prepared: Prepared, task: Task) -> Answered:
    """What outputs (1, outputs) say of a case, beside what is known of it."""
    kind = ANSWERS[task.answer]
    read = kind.read(outputs)[0].float().reshape(-1).tolist()
    probabilities = kind.probabilities(outputs)
    if task.answer in ("classes", "grades"):
        numbers: tuple[float | None, ...] = (float(task.choices[int(read[0])].value),)
    else:
        numbers = tuple(read)
    known = prepared.case.answer
    return Answered(
        truth=known if known is not None else (None,) * len(numbers),
        predicted=numbers,
        probabilities=None if probabilities is None else tuple(probabilities[0].tolist()),
        quality=prepared.case.quality,
    )
