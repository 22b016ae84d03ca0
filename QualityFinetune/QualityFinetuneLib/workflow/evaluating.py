"""Prepare an evaluation: the masks a run predicted against masks that a reader made or accepted, by quality."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..common.errors import ErrorCode, UserError
from ..engine.protocol.job_file import save_job
from ..engine.protocol.jobs import EvaluateJob
from ..study.quality import strata
from ..study.records import Annotation, Case, Run
from ..study.study import Study
from .evaluating_answers import prepare_evaluate_answers
from .prepared import PreparedRun, case_files, names, used
from .tasks import task_of


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A prediction and what it is held against."""

    case: Case
    prediction: Annotation
    reference: Annotation


@dataclass(frozen=True, kw_only=True)
class Pairs:
    """What can be evaluated, and the cases that cannot because no independent reference exists."""

    pairs: tuple[Pair, ...]
    without_reference: tuple[Case, ...]


def pairs_of(study: Study, predicted_by: Run, *, allow_derived: bool = False) -> Pairs:
    """Predictions of a run, each with the newest reference mask of its case.

    A mask that a reader accepted or corrected from the very prediction favours it; it counts as a reference only
    with `allow_derived`.
    """
    task = str(predicted_by.config["task"])
    pairs: list[Pair] = []
    without: list[Case] = []
    for entry in predicted_by.config["cases"]:
        case = study.cases.get(entry["case_id"])
        history = sorted(study.annotations.history(case.id, task), key=lambda annotation: annotation.id)
        prediction = next((a for a in history if a.run_id == predicted_by.id and a.origin == "model"), None)
        if prediction is None:
            continue
        reference = _reference(history, prediction, allow_derived=allow_derived)
        if reference is None:
            without.append(case)
        else:
            pairs.append(Pair(case=case, prediction=prediction, reference=reference))
    return Pairs(pairs=tuple(pairs), without_reference=tuple(without))


def prepare_evaluate(
    study: Study,
    predicted_by: Run,
    *,
    allow_derived: bool = False,
    case_ids: Sequence[int] | None = None,
    title: str | None = None,
    threads: int | None = None,
) -> PreparedRun:
    """Record a pending run that evaluates the predictions of `predicted_by`, masks or answers, and write its job.

    Raises:
        UserError: NO_LABEL when no predicted case has a reference mask.
    """
    task = task_of(study, str(predicted_by.config["task"]))
    if not task.segments:
        return prepare_evaluate_answers(
            study, predicted_by, task, allow_derived=allow_derived, case_ids=case_ids, title=title, threads=threads
        )
    found = pairs_of(study, predicted_by, allow_derived=allow_derived)
    pairs = [pair for pair in found.pairs if case_ids is None or pair.case.id in case_ids]
    if not pairs:
        raise UserError(
            ErrorCode.NO_LABEL,
            what="There is nothing to evaluate.",
            why=f"No predicted case has a mask for {task.title} that was made independently"
            + (f" ({names(study, found.without_reference)})." if found.without_reference else "."),
            next="Import or draw reference masks for some of these cases.",
        )
    quality = strata(study)
    files = {
        pair.case.id: case_files(
            study,
            pair.case,
            task,
            label=pair.reference.path,
            prediction=pair.prediction.path,
            quality=quality.get(pair.case.id),
        )
        for pair in pairs
    }
    run = study.runs.create(
        kind="evaluate",
        title=title or f"{task.title}: {predicted_by.config['model']} against references, {len(pairs)} cases",
        config={
            "task": task.name,
            "predict_run_id": predicted_by.id,
            "model_id": predicted_by.config.get("model_id"),
            "model": predicted_by.config["model"],
            "allow_derived": allow_derived,
            "cases": [
                used(study, files[pair.case.id], part="evaluate", annotation=pair.reference)
                | {"prediction_id": pair.prediction.id, "prediction_sha256": pair.prediction.sha256}
                for pair in pairs
            ],
            "without_reference": [case.id for case in found.without_reference],
        },
        seed=0,
    )
    job = EvaluateJob(
        output=run.folder, device=study.settings.device, threads=threads, task=task, cases=tuple(files.values())
    )
    save_job(job)
    return PreparedRun(run=run, job=job)


def _reference(history: Sequence[Annotation], prediction: Annotation, *, allow_derived: bool) -> Annotation | None:
    by_id: Mapping[int, Annotation] = {annotation.id: annotation for annotation in history}
    superseded = {annotation.supersedes for annotation in history}
    usable = [
        annotation
        for annotation in history
        if annotation.id not in superseded
        and annotation.status in ("accepted", "corrected")
        and annotation.id != prediction.id
        and (allow_derived or not _derived(annotation, prediction, by_id))
    ]
    # An independent mask is worth more than one that began as the prediction.
    usable.sort(key=lambda a: (not _derived(a, prediction, by_id), a.id))
    return usable[-1] if usable else None


def _derived(annotation: Annotation, prediction: Annotation, by_id: Mapping[int, Annotation]) -> bool:
    current: Annotation | None = annotation
    while current is not None:
        if current.id == prediction.id or current.run_id == prediction.run_id:
            return True
        current = by_id.get(current.supersedes) if current.supersedes is not None else None
    return False
