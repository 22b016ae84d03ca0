"""Predicted answers against known ones: per case, over all, and per quality stratum, with confidence intervals."""

from __future__ import annotations

from ...cases.answers import answer_of, check_numbers, numbers_of, position_of
from ...cases.tasks import Task
from ...common.errors import ErrorCode, UserError
from ..protocol.answer_file import AnswerFile, read_answer
from ..protocol.jobs import CaseFiles, EvaluateJob
from .answer_scores import Answered, Score, scores
from .context import JobContext, Pace
from .evaluation import hand_over, not_comparable


def evaluate_answers(job: EvaluateJob, context: JobContext) -> None:
    """Compare every case's `prediction` with its `answer`, tell each number, and write `metrics.json`.

    Raises:
        UserError: NO_LABEL without an answer or a prediction, BAD_VALUES for a wrong one, BAD_JOB for an answer to
            another task.
    """
    pace = Pace(len(job.cases))
    told: list[tuple[CaseFiles, Answered]] = []
    for number, case in enumerate(job.cases, start=1):
        context.stop_if_asked()
        found = _answered(case, job.task)
        told.append((case, found))
        _tell_case(case, found, job.task, context)
        context.progress(number, len(job.cases), unit="case", eta_s=pace.eta_s(number))
    summary = scores(job.task, [found for _, found in told], intervals=True)
    for score in summary:
        parts = {"": score.value, "_lower": score.lower, "_upper": score.upper, "_cases": float(score.cases)}
        for part, value in parts.items():
            context.metric(
                f"{score.metric}{part}", value, unit="" if part == "_cases" else score.unit, label=score.label,
                stratum=score.stratum, why=score.why if value is None else None,
            )  # fmt: skip
    hand_over(_document(job, told, summary), job.output, context)


def _answered(case: CaseFiles, task: Task) -> Answered:
    if case.answer is None or case.prediction is None:
        raise not_comparable(case.id, "known answer" if case.answer is None else "predicted answer")
    check_numbers(task, case.answer, whose=f"the answer of case {case.id}")
    found = read_answer(case.prediction)
    if found.task != task.name or found.kind != task.answer:
        raise UserError(
            ErrorCode.BAD_JOB,
            what=f"The prediction {case.prediction.name} cannot be compared.",
            why=f"It answers {found.task}, not {task.name}.",
            next="Choose the predictions of this task.",
        )
    predicted = numbers_of(task, found.answer)
    if task.choices:  # a value beyond what is plausible is a wrong answer, but still a number to compare with
        check_numbers(task, predicted, whose=f"the prediction of case {case.id}")
    return Answered(
        truth=case.answer, predicted=predicted, probabilities=_probabilities(found, task), quality=case.quality
    )


def _probabilities(found: AnswerFile, task: Task) -> tuple[float, ...] | None:
    if found.probabilities is None:
        return None
    return tuple(found.probabilities.get(choice.brief, 0.0) for choice in task.choices)


def _tell_case(case: CaseFiles, found: Answered, task: Task, context: JobContext) -> None:
    for metric, label, value, unit in _of_case(found, task):
        context.metric(
            metric, value, unit=unit, case=case.id, label=label, stratum=case.quality,
            why="The answer is not known." if value is None else None,
        )  # fmt: skip


def _of_case(found: Answered, task: Task) -> list[tuple[str, str | None, float | None, str]]:
    """Metric, label, value and unit of one case: right or wrong, or by how much."""
    rows: list[tuple[str, str | None, float | None, str]] = []
    units = [value.unit for value in task.values]
    names = list(answer_of(task, found.truth)) if task.answer == "labels" or len(task.values) > 1 else [None]
    for index, (name, truth, predicted) in enumerate(zip(names, found.truth, found.predicted, strict=True)):
        error: float | None = None
        correct: float | None = None
        if truth is not None and predicted is not None:
            correct = float(truth == predicted)
            if task.answer == "values":
                error = predicted - truth
            elif task.answer == "grades":
                error = float(position_of(task, predicted) - position_of(task, truth))
        if task.answer == "values":
            rows.append(("error", name, error, units[index]))
            continue
        rows.append(("correct", name, correct, ""))
        if task.answer == "grades":
            rows.append(("error", name, error, "grades"))
    return rows


def _document(job: EvaluateJob, told: list[tuple[CaseFiles, Answered]], summary: list[Score]) -> dict[str, object]:
    return {
        "version": 1,
        "task": job.task.name,
        "kind": job.task.answer,
        "cases": [
            {
                "case": case.id,
                "quality": case.quality,
                "simulated": case.simulated,
                "truth": answer_of(job.task, found.truth),
                "predicted": answer_of(job.task, found.predicted),
                "probabilities": found.probabilities,
            }
            for case, found in told
        ],
        "summary": [
            {
                "metric": score.metric,
                "label": score.label,
                "stratum": score.stratum,
                "unit": score.unit,
                "value": score.value,
                "lower": score.lower,
                "upper": score.upper,
                "cases": score.cases,
                "why": score.why,
            }
            for score in summary
        ],
    }
