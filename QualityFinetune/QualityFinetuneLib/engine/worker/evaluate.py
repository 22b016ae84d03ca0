"""Predictions against references: per case, per label, and per quality stratum."""

from __future__ import annotations

import statistics
from collections.abc import Iterable

import SimpleITK as sitk

from ...cases.reading import read_image
from ...cases.roles import Role
from ...cases.tasks import Task
from ...common.errors import ErrorCode, UserError
from ..protocol.jobs import CaseFiles, EvaluateJob
from .answers_evaluating import evaluate_answers
from .context import JobContext, Pace
from .evaluation import hand_over, not_comparable
from .masks import read_mask
from .overlap import Number, agreement

CaseResult = dict[str, dict[str, Number]]
"""Label's short name to metric to number."""


def evaluate(job: EvaluateJob, context: JobContext) -> None:
    """Compare every case's `prediction` with its `label`, tell each number, and write `metrics.json`.

    Answers about whole exams are compared by `answers_evaluating`.

    Raises:
        UserError: NO_LABEL, MISSING_SERIES, or what `masks.read_mask` finds wrong.
    """
    if not job.cases:
        raise UserError(
            ErrorCode.TOO_FEW_CASES,
            what="There is nothing to evaluate.",
            why="The job names no case.",
            next="Choose at least one case that has a reference.",
        )
    if not job.task.segments:
        evaluate_answers(job, context)
        return
    pace = Pace(len(job.cases))
    results: list[tuple[CaseFiles, CaseResult]] = []
    for number, case in enumerate(job.cases, start=1):
        context.stop_if_asked()
        result = evaluate_case(case, job.task)
        results.append((case, result))
        for label, numbers in result.items():
            for metric, found in numbers.items():
                context.metric(
                    metric,
                    found.value,
                    unit=found.unit,
                    case=case.id,
                    label=label,
                    stratum=case.quality,
                    why=found.why,
                )
        context.progress(number, len(job.cases), unit="case", eta_s=pace.eta_s(number))
    if not any(numbers["truth_volume"].value for _, result in results for numbers in result.values()):
        context.warn(
            ErrorCode.NO_LABEL,
            what="No reference of any case has a labelled voxel.",
            why="All reference masks are background only.",
            next="Check that the references are the masks of this task.",
        )
    summary = summarise(results, job.task)
    for row in summary:
        for part in ("mean", "sd", "n"):
            context.metric(
                f"{row['metric']}_{part}", row[part], unit=row["unit"] if part != "n" else "", label=row["label"],
                stratum=row["stratum"], why=row["why"] if row[part] is None else None,
            )  # fmt: skip
    hand_over(_document(job, results, summary), job.output, context)


def evaluate_case(case: CaseFiles, task: Task) -> CaseResult:
    """All numbers of one case; both masks must lie on the T2w's grid, or on each other's where no T2w is named."""
    if case.label is None or case.prediction is None:
        raise not_comparable(case.id, "reference segmentation" if case.label is None else "prediction")
    t2w = read_image(case.images[Role.T2W]) if Role.T2W in case.images else None
    truth = read_mask(case.label, task, reference=t2w, case=case.id)
    prediction = read_mask(case.prediction, task, reference=truth, case=case.id)
    arrays = [sitk.GetArrayViewFromImage(mask) for mask in (truth, prediction)]
    spacing_mm = truth.GetSpacing()[::-1]
    return {
        label.short: agreement(*(array == label.value for array in arrays), spacing_mm=spacing_mm)
        for label in task.labels
    }


def summarise(results: Iterable[tuple[CaseFiles, CaseResult]], task: Task) -> list[dict]:
    """Mean, standard deviation (n - 1) and count over cases, of each metric, label and stratum that has cases."""
    results = list(results)
    strata = [("all", [result for _, result in results])]
    strata += [(name, [result for case, result in results if case.quality == name]) for name in ("high", "low")]
    rows = []
    for stratum, members in strata:
        for label in task.labels if members else ():
            for metric, example in members[0][label.short].items():
                values = [m[label.short][metric].value for m in members]
                rows.append(
                    {"metric": metric, "label": label.short, "stratum": stratum, "unit": example.unit}
                    | _mean_sd([value for value in values if value is not None])
                )
    return rows


def _mean_sd(values: list[float]) -> dict:
    why = None if len(values) > 1 else "One case has no spread." if values else "No case has a value."
    return {
        "mean": statistics.fmean(values) if values else None,
        "sd": statistics.stdev(values) if len(values) > 1 else None,
        "n": len(values),
        "why": why,
    }


def _document(job: EvaluateJob, results: list[tuple[CaseFiles, CaseResult]], summary: list[dict]) -> dict:
    return {
        "version": 1,
        "task": job.task.name,
        "cases": [
            {
                "case": case.id,
                "quality": case.quality,
                "simulated": case.simulated,
                "labels": {
                    label: {
                        metric: {"value": found.value, "unit": found.unit} | ({"why": found.why} if found.why else {})
                        for metric, found in numbers.items()
                    }
                    for label, numbers in result.items()
                },
            }
            for case, result in results
        ],
        "summary": summary,
    }
