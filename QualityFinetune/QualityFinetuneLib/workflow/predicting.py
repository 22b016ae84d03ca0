"""Prepare a prediction: which model on which cases."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..cases.tasks import Task
from ..common.errors import ErrorCode, UserError
from ..engine.protocol.job_file import save_job
from ..engine.protocol.jobs import ModelChoice, PredictJob
from ..models.registry import card as registry_card
from ..study.quality import strata
from ..study.records import Case, Model
from ..study.study import Study
from .prepared import PreparedRun, case_files, used
from .tasks import task_of


def prepare_predict(
    study: Study,
    model: Model | str,
    cases: Sequence[Case],
    *,
    weights: Path | None = None,
    task: str | None = None,
    title: str | None = None,
    threads: int | None = None,
) -> PreparedRun:
    """Record a pending run that predicts `cases`, and write its job.

    Args:
        study: holds the cases.
        model: one of the study's models, or the name of a card whose own weights solve a task.
        cases: what to predict.
        weights: a checkpoint file for a card.
        task: what the checkpoint was finetuned for, where the card is that of an encoder.
        title: what to call the run.
        threads: of the engine; None lets it choose.

    Raises:
        UserError: TOO_FEW_CASES without a case, NO_WEIGHTS for a card that solves no task by itself, NOT_FOUND for an
            unknown task, MISSING_SERIES for a case without T2w.
    """
    if not cases:
        raise UserError(
            ErrorCode.TOO_FEW_CASES,
            what="There is nothing to predict.",
            why="No case was chosen.",
            next="Choose at least one case.",
        )
    solved, choice, name = _task_and_choice(study, model, weights, task)
    roles = registry_card(choice.card).inputs
    quality = strata(study)
    files = [case_files(study, case, solved, roles=roles, quality=quality.get(case.id)) for case in cases]
    run = study.runs.create(
        kind="predict",
        title=title or f"{solved.title}: {name} on {len(cases)} case{'s' if len(cases) > 1 else ''}",
        config={
            "task": solved.name,
            "answer": solved.answer,
            "card": choice.card,
            "model_id": model.id if isinstance(model, Model) else None,
            "model": name,
            "cases": [used(study, one, part="predict") for one in files],
        },
        seed=0,
    )
    job = PredictJob(
        output=run.folder,
        device=study.settings.device,
        threads=threads,
        model=choice,
        task=solved,
        cases=tuple(files),
    )
    save_job(job)
    return PreparedRun(run=run, job=job)


def not_trained_on(study: Study, model: Model, cases: Sequence[Case]) -> list[Case]:
    """Those of `cases` whose patients the model has neither learned from nor been chosen by."""
    seen: set[str] = set()
    run_id = model.run_id
    visited: set[int] = set()
    while run_id is not None and run_id not in visited:
        visited.add(run_id)
        config = study.runs.get(run_id).config
        seen |= {study.cases.get(entry["case_id"]).patient for entry in config.get("cases", ())}
        parent = config.get("request", {}).get("start_from")
        run_id = study.models.get(parent).run_id if parent is not None else None
    return [case for case in cases if case.patient not in seen]


def _task_and_choice(
    study: Study, model: Model | str, weights: Path | None, task: str | None
) -> tuple[Task, ModelChoice, str]:
    if isinstance(model, Model):
        if model.task is None:
            raise _solves_nothing(model.name)
        return task_of(study, model.task), ModelChoice(card=model.card, folder=model.folder), model.name
    card = registry_card(model)
    solves = card.task or (task if weights is not None else None)
    if solves is None:
        raise _solves_nothing(card.name)
    name = card.title if weights is None else f"{card.title}, {weights.name}"
    return task_of(study, solves), ModelChoice(card=card.name, weights=weights), name


def _solves_nothing(name: str) -> UserError:
    return UserError(
        ErrorCode.NO_WEIGHTS,
        what=f"{name} cannot predict by itself.",
        why="Its weights are those of an encoder and solve no task yet.",
        next="Finetune it on a task first, or give a finetuned checkpoint with its task.",
    )
