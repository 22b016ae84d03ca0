"""Answers for cases, one JSON file each."""

from __future__ import annotations

import re

import torch

from ...cases.answers import answer_keys, answer_of, words
from ...cases.tasks import Task
from ...common.errors import ErrorCode
from ..protocol.answer_file import AnswerFile, Told, write_answer
from ..protocol.jobs import CaseFiles, Precision, PredictJob
from .answers_reading import answered, outputs_for_exam
from .context import JobContext, Pace
from .network import Network
from .preparing import prepare

PREDICTIONS = "predictions"


def predict_answers(job: PredictJob, network: Network, context: JobContext, *, device: torch.device) -> None:
    """Answer for every case into `predictions/<case>.json`, telling each file as it is complete.

    Raises:
        UserError: what is wrong with a case.
    """
    network.model.to(device).eval()
    pace = Pace(len(job.cases))
    context.progress(0, len(job.cases), unit="case")
    for number, case in enumerate(job.cases, start=1):
        context.stop_if_asked()
        path = job.output / PREDICTIONS / answer_name(case.id)
        found = predict_answer(case, network, task=job.task, device=device, precision=job.precision, context=context)
        write_answer(path, found)
        context.artifact("answer", path, case=case.id)
        context.progress(number, len(job.cases), unit="case", eta_s=pace.eta_s(number))


def answer_name(case: str) -> str:
    """The name of a case's answer; only letters, digits, dot, dash and underscore of the id are kept."""
    return re.sub(r"[^\w.-]+", "_", case).lstrip(".") + ".json"


def predict_answer(
    case: CaseFiles, network: Network, *, task: Task, device: torch.device, precision: Precision, context: JobContext
) -> AnswerFile:
    """What the network says about one exam."""
    prepared = prepare(case, meta=network.meta, task=task, context=context)
    outputs = outputs_for_exam(network.model, prepared, device=device, precision=precision)  # type: ignore[arg-type]
    found = answered(outputs, prepared, task)
    _warn_of_the_implausible(case, task, found.predicted, context)
    chances = dict(
        zip((choice.brief for choice in task.choices), found.probabilities or (), strict=bool(found.probabilities))
    )
    return AnswerFile(
        case=case.id,
        task=task.name,
        kind=task.answer,
        answer=answer_of(task, found.predicted),
        words=words(task, found.predicted),
        probabilities=chances or None,
        told=tuple(
            Told(key=key, name=value.name, unit=value.unit)
            for key, value in zip(answer_keys(task), task.values, strict=True)
        )
        if task.answer == "values"
        else (),
    )


def _warn_of_the_implausible(
    case: CaseFiles, task: Task, numbers: tuple[float | None, ...], context: JobContext
) -> None:
    for value, number in zip(task.values, numbers, strict=False):
        if number is not None and not value.lowest <= number <= value.highest:
            context.warn(
                ErrorCode.BAD_VALUES,
                what=f"The {value.name} of case {case.id} is not plausible.",
                why=f"The model says {number:.1f} {value.unit}; {value.lowest:g} to {value.highest:g} is possible.",
                next="Do not use it; train on more cases.",
                case=case.id,
            )
