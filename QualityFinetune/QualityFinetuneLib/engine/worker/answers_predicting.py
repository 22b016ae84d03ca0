"""Answers for cases, one JSON file each."""

from __future__ import annotations

import re
from collections.abc import Sequence

import torch

from ...cases.answers import answer_keys, answer_of, words
from ...cases.tasks import Task
from ...common.errors import ErrorCode, UserError
from ...models.answers import ANSWERS
from ..protocol.answer_file import AnswerFile, Told, write_answer
from ..protocol.jobs import CaseFiles, Precision, PredictJob
from .answers_reading import answered, outputs_for_exam, unsure
from .context import JobContext, Pace
from .ensemble import Inputs, require_no_sides
from .looks import Looks
from .network import Network

PREDICTIONS = "predictions"


def predict_answers(
    job: PredictJob, networks: Sequence[Network], context: JobContext, *, device: torch.device
) -> None:
    """Answer for every case into `predictions/<case>.json`, telling each file as it is complete.

    Several networks, and several looks of each, answer by the mean of their probabilities or values.

    Raises:
        UserError: what is wrong with a case; BAD_JOB for what only masks have.
    """
    _require_no_maps(job)
    looks = Looks(flips=job.flips, dropout_passes=job.dropout_passes, seed=job.seed)
    require_no_sides(job.task, looks)
    for network in networks:
        network.model.to(device).eval()
        looks.require(network.model, network.meta.name)
    many = len(networks) * looks.count > 1
    if job.uncertainty and not many:
        context.log("The uncertainty is that of a single look; an ensemble tells more.")
    pace = Pace(len(job.cases))
    context.progress(0, len(job.cases), unit="case")
    for number, case in enumerate(job.cases, start=1):
        context.stop_if_asked()
        path = job.output / PREDICTIONS / answer_name(case.id)
        inputs = Inputs(case, job.task, context)
        each = [_outputs(network, inputs, looks, device=device, precision=job.precision) for network in networks]
        found = _answer(case, inputs, networks, torch.cat(each), job, context)
        write_answer(path, found)
        for key, value in (found.uncertainty or {}).items():
            context.metric(
                "uncertainty", value, unit=_unit(job.task, key), case=case.id, label=key,
                why="A single look has no spread." if value is None else None,
            )  # fmt: skip
        context.artifact("answer", path, case=case.id)
        context.progress(number, len(job.cases), unit="case", eta_s=pace.eta_s(number))


def answer_name(case: str) -> str:
    """The name of a case's answer; only letters, digits, dot, dash and underscore of the id are kept."""
    return re.sub(r"[^\w.-]+", "_", case).lstrip(".") + ".json"


def _outputs(
    network: Network, inputs: Inputs, looks: Looks, *, device: torch.device, precision: Precision
) -> torch.Tensor:
    """One network's outputs (looks, outputs) for a case."""
    prepared = inputs.of(network.meta)
    each = [
        outputs_for_exam(network.model, seen, device=device, precision=precision)
        for seen, _ in looks.each(network.model, prepared)
    ]
    return torch.cat(each)


def _answer(
    case: CaseFiles,
    inputs: Inputs,
    networks: Sequence[Network],
    each: torch.Tensor,
    job: PredictJob,
    context: JobContext,
) -> AnswerFile:
    """What outputs (looks, outputs) together say about one exam."""
    task, several = job.task, len(each) > 1
    outputs = ANSWERS[task.answer].mean(each) if several else each
    found = answered(outputs, inputs.of(networks[0].meta), task)
    _warn_of_the_implausible(case, task, found.predicted, context)
    chances = dict(
        zip((choice.brief for choice in task.choices), found.probabilities or (), strict=bool(found.probabilities))
    )
    keys = answer_keys(task)
    return AnswerFile(
        case=case.id,
        task=task.name,
        kind=task.answer,
        answer=answer_of(task, found.predicted),
        words=words(task, found.predicted),
        probabilities=chances or None,
        told=tuple(
            Told(key=key, name=value.name, unit=value.unit) for key, value in zip(keys, task.values, strict=True)
        )
        if task.answer == "values"
        else (),
        looks=len(each),
        uncertainty=dict(zip(keys, unsure(each, task), strict=True)) if several or job.uncertainty else None,
    )


def _unit(task: Task, key: str) -> str:
    return next((value.unit for value in task.values if value.short == key), "nat")


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


def _require_no_maps(job: PredictJob) -> None:
    if job.probabilities:
        raise UserError(
            ErrorCode.BAD_JOB,
            what=f"{job.task.title} has no map of probabilities.",
            why="It is an answer about a whole exam, and its probabilities are in the answer itself.",
            next="Predict it without that map.",
        )
