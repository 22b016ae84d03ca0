"""Prepare an evaluation of answers: what a run said about whole exams against what is known of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..cases.answers import numbers_of, words
from ..cases.tasks import Task
from ..common.errors import ErrorCode, UserError
from ..engine.protocol.answer_file import AnswerFile, write_answer
from ..engine.protocol.job_file import save_job
from ..engine.protocol.jobs import CaseFiles, EvaluateJob, Quality
from ..study.quality import strata
from ..study.records import Answer, Case, Run
from ..study.study import Study
from .known_answers import KnownAnswer, known_answers
from .prepared import PreparedRun, case_key, names, used


@dataclass(frozen=True, kw_only=True)
class AnswerPair:
    """A predicted answer and what it is held against."""

    case: Case
    prediction: Answer
    reference: KnownAnswer


def answer_pairs(
    study: Study, predicted_by: Run, task: Task, *, allow_derived: bool = False
) -> tuple[list[AnswerPair], list[Case]]:
    """Predictions of a run with what is known of their cases, and the cases of which nothing independent is known.

    What a reader accepted of the very prediction favours it; it counts only with `allow_derived`.
    """
    known = known_answers(study, task)
    pairs: list[AnswerPair] = []
    without: list[Case] = []
    for prediction in study.answers.of_run(predicted_by.id):
        case = study.cases.get(prediction.case_id)
        reference = known.get(case.id)
        if reference is None or (not allow_derived and _derived(study, reference, prediction)):
            without.append(case)
        else:
            pairs.append(AnswerPair(case=case, prediction=prediction, reference=reference))
    return pairs, without


def prepare_evaluate_answers(
    study: Study,
    predicted_by: Run,
    task: Task,
    *,
    allow_derived: bool = False,
    case_ids: Sequence[int] | None = None,
    title: str | None = None,
    threads: int | None = None,
) -> PreparedRun:
    """Record a pending run that evaluates the answers of `predicted_by`, and write its job with the answers.

    Raises:
        UserError: NO_LABEL when nothing is known of any predicted case.
    """
    found, without = answer_pairs(study, predicted_by, task, allow_derived=allow_derived)
    pairs = [pair for pair in found if case_ids is None or pair.case.id in case_ids]
    if not pairs:
        raise UserError(
            ErrorCode.NO_LABEL,
            what="There is nothing to evaluate.",
            why=f"Of no predicted case the {task.title} is known independently"
            + (f" ({names(study, without)})." if without else "."),
            next="Import the known answers of some of these cases.",
        )
    quality = strata(study)
    run = study.runs.create(
        kind="evaluate",
        title=title or f"{task.title}: {predicted_by.config['model']} against what is known, {len(pairs)} cases",
        config={
            "task": task.name,
            "answer": task.answer,
            "metric": task.metric,
            "predict_run_id": predicted_by.id,
            "model_id": predicted_by.config.get("model_id"),
            "model": predicted_by.config["model"],
            "allow_derived": allow_derived,
            "cases": [
                used(study, _files(pair, None, quality=quality), part="evaluate", answer=pair.reference)
                | {
                    "prediction_id": pair.prediction.id,
                    "prediction_sha256": pair.prediction.sha256,
                    "predicted": list(numbers_of(task, pair.prediction.values)),
                    "predicted_words": words(task, numbers_of(task, pair.prediction.values)),
                    "known_words": words(task, pair.reference.numbers),
                }
                for pair in pairs
            ],
            "without_reference": [case.id for case in without],
        },
        seed=0,
    )
    job = EvaluateJob(
        output=run.folder,
        device=study.settings.device,
        threads=threads,
        task=task,
        cases=tuple(_files(pair, run, quality=quality) for pair in pairs),
    )
    for pair, files in zip(pairs, job.cases, strict=True):
        assert files.prediction is not None
        write_answer(files.prediction, _as_file(pair.prediction, task))
    save_job(job)
    return PreparedRun(run=run, job=job)


def _files(pair: AnswerPair, run: Run | None, *, quality: Mapping[int, Quality | None]) -> CaseFiles:
    key = case_key(pair.case.id)
    return CaseFiles(
        id=key,
        answer=pair.reference.numbers,
        prediction=None if run is None else run.folder / "answers" / f"{key}.json",
        quality=quality.get(pair.case.id),
        simulated=pair.case.simulated,
    )


def _as_file(prediction: Answer, task: Task) -> AnswerFile:
    return AnswerFile(
        case=case_key(prediction.case_id),
        task=task.name,
        kind=task.answer,
        answer=prediction.values,
        words=words(task, numbers_of(task, prediction.values)),
        probabilities=prediction.probabilities,
    )


def _derived(study: Study, reference: KnownAnswer, prediction: Answer) -> bool:
    """Whether the reference began as a prediction of the same run."""
    current = reference.answer
    while current is not None:
        if current.id == prediction.id or (current.run_id is not None and current.run_id == prediction.run_id):
            return True
        current = study.answers.get(current.supersedes) if current.supersedes is not None else None
    return False
