"""Answers about exams as tables and as a document: what was predicted, and how it agrees with what is known."""

from __future__ import annotations

from collections.abc import Mapping

from ..cases.answers import numbers_of, words
from ..study.records import Run
from ..study.study import Study
from ..workflow.results import (
    AnswerScore,
    Unsure,
    answer_scores,
    answers_of,
    metric_words,
    uncertainty_of_answers,
)
from ..workflow.tasks import task_of
from .output import Output


def show_predicted(study: Study, run: Run, output: Output) -> None:
    """What a predict run said of each exam."""
    task = task_of(study, str(run.config["task"]))
    said = study.answers.of_run(run.id)
    unsure = uncertainty_of_answers(run)
    output.table(
        f"Run {run.id}: {task.title} of {len(said)} cases; a model's answers, for research only",
        ["Case", "Answer", "Probabilities", *(["Uncertainty"] if unsure else [])],
        [
            [
                study.display_name(study.cases.get(one.case_id)),
                words(task, numbers_of(task, one.values)),
                ", ".join(f"{name} {share:.2f}" for name, share in (one.probabilities or {}).items()) or None,
                *([_unsure(unsure.get(one.case_id, {}))] if unsure else []),
            ]
            for one in said
        ],
    )
    output.document(
        {
            "run": run.id,
            "status": run.status,
            "answers": [
                {
                    "case": one.case_id,
                    "task": one.task,
                    "values": one.values,
                    "probabilities": one.probabilities,
                    "words": words(task, numbers_of(task, one.values)),
                    "uncertainty": {key: number.value for key, number in unsure.get(one.case_id, {}).items()} or None,
                    "answer": one.id,
                }
                for one in said
            ],
        }
    )


def _unsure(found: Mapping[str, Unsure]) -> str | None:
    """`± 3.1 ml`, `0.42 nat`; with the label or value it is of where there are several."""
    told = []
    for key, number in found.items():
        if number.value is not None:
            shown = (
                f"{number.value:.2f} nat" if number.unit == "nat" else f"± {number.value:.1f} {number.unit}".rstrip()
            )
            told.append(shown if len(found) == 1 else f"{key} {shown}")
    return ", ".join(told) or None


def show_answers(run: Run, output: Output) -> None:
    """How the answers of an evaluate run agree, with intervals of 95 % confidence."""
    found = answer_scores(run)
    output.table(
        f"Run {run.id}: {run.title}; 95 % confidence",
        ["Metric", "Label", "Quality", "Cases", "Value", "From", "To", "Note"],
        [
            [
                metric_words(one.metric) + (f", {one.unit}" if one.unit else ""),
                one.label or None,
                one.stratum,
                one.cases,
                one.value,
                one.lower,
                one.upper,
                one.why or None,
            ]
            for one in found
        ],
    )
    output.document(
        {"run": run.id, "status": run.status, "scores": [_plain(one) for one in found], "cases": answers_of(run)}
    )


def _plain(score: AnswerScore) -> dict[str, object]:
    return {name: getattr(score, name) for name in score.__dataclass_fields__}
