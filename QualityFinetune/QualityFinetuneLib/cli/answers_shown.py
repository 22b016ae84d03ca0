"""Answers about exams as tables and as a document: what was predicted, and how it agrees with what is known."""

from __future__ import annotations

from ..cases.answers import numbers_of, words
from ..study.records import Run
from ..study.study import Study
from ..workflow.results import AnswerScore, answer_scores, answers_of, metric_words
from ..workflow.tasks import task_of
from .output import Output


def show_predicted(study: Study, run: Run, output: Output) -> None:
    """What a predict run said of each exam."""
    task = task_of(study, str(run.config["task"]))
    said = study.answers.of_run(run.id)
    output.table(
        f"Run {run.id}: {task.title} of {len(said)} cases; a model's answers, for research only",
        ["Case", "Answer", "Probabilities"],
        [
            [
                study.display_name(study.cases.get(one.case_id)),
                words(task, numbers_of(task, one.values)),
                ", ".join(f"{name} {share:.2f}" for name, share in (one.probabilities or {}).items()) or None,
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
                    "answer": one.id,
                }
                for one in said
            ],
        }
    )


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
