"""Prepare a prediction: which model on which cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..cases.tasks import Task
from ..common.errors import ErrorCode, UserError
from ..engine.protocol.job_file import save_job
from ..engine.protocol.jobs import ModelChoice, PredictJob
from ..study.quality import strata
from ..study.records import Case, Model
from ..study.study import Study
from .cards import card_of, card_to_use
from .prepared import PreparedRun, case_files, used
from .tasks import task_of


@dataclass(frozen=True, kw_only=True)
class PredictOptions:
    """What a prediction of masks may do beyond one look of one model; see `engine.protocol.jobs.PredictJob`.

    Attributes:
        ensemble: further models of the same task, whose probabilities are averaged.
        flips: average with each case mirrored left to right.
        dropout_passes: average so many looks with dropout left on; 0 for one look without.
        uncertainty: keep a map of how unsure the average is; `run_files` finds it.
        probabilities: keep a map of each label's probability.
    """

    ensemble: tuple[Model | str, ...] = ()
    flips: bool = False
    dropout_passes: int = 0
    uncertainty: bool = False
    probabilities: bool = False


def prepare_predict(
    study: Study,
    model: Model | str,
    cases: Sequence[Case],
    *,
    weights: Path | None = None,
    task: str | None = None,
    title: str | None = None,
    threads: int | None = None,
    options: PredictOptions = PredictOptions(),
) -> PreparedRun:
    """Record a pending run that predicts `cases`, and write its job.

    Args:
        study: holds the cases.
        model: one of the study's models, or the name of a card whose own weights solve a task, or a card file.
        cases: what to predict.
        weights: a checkpoint file for a card.
        task: what the checkpoint was finetuned for, where the card is that of an encoder.
        title: what to call the run.
        threads: of the engine; None lets it choose.
        options: several models, several looks, and which maps to keep.

    Raises:
        UserError: TOO_FEW_CASES without a case, NO_WEIGHTS for a card that solves no task by itself, NOT_FOUND for an
            unknown task, MISSING_SERIES for a case without T2w, CONFLICT for models of different tasks.
    """
    if not cases:
        raise UserError(
            ErrorCode.TOO_FEW_CASES,
            what="There is nothing to predict.",
            why="No case was chosen.",
            next="Choose at least one case.",
        )
    solved, choice, name = _task_and_choice(study, model, weights, task)
    members = [_member(study, one, solved) for one in options.ensemble]
    name = " + ".join([name, *(other for _, other in members)])
    choices = [choice, *(other for other, _ in members)]
    roles = tuple(dict.fromkeys(role for one in choices for role in card_of(study, one.card).inputs))
    quality = strata(study)
    files = [case_files(study, case, solved, roles=roles, quality=quality.get(case.id)) for case in cases]
    run = study.runs.create(
        kind="predict",
        title=title or f"{solved.title}: {name} on {len(cases)} case{'s' if len(cases) > 1 else ''}",
        config={
            "task": solved.name,
            "answer": solved.answer,
            "card": card_of(study, choice.card).name,
            "model_id": model.id if isinstance(model, Model) else None,
            "model": name,
            "ensemble": [
                {"card": card_of(study, one.card).name, "model_id": given.id if isinstance(given, Model) else None}
                for one, given in zip(choices[1:], options.ensemble, strict=True)
            ],
            "flips": options.flips,
            "dropout_passes": options.dropout_passes,
            "cases": [used(study, one, part="predict") for one in files],
        },
        seed=0,
    )
    job = PredictJob(
        output=run.folder,
        device=study.settings.device,
        threads=threads,
        model=choice,
        ensemble=tuple(choices[1:]),
        task=solved,
        cases=tuple(files),
        flips=options.flips,
        dropout_passes=options.dropout_passes,
        uncertainty=options.uncertainty,
        probabilities=options.probabilities,
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
    card, reference = card_to_use(study, model)
    solves = card.task or (task if weights is not None else None)
    if solves is None:
        raise _solves_nothing(card.name)
    name = card.title if weights is None else f"{card.title}, {weights.name}"
    return task_of(study, solves), ModelChoice(card=reference, weights=weights), name


def _member(study: Study, model: Model | str, task: Task) -> tuple[ModelChoice, str]:
    own, choice, name = _task_and_choice(study, model, None, None)
    if own != task:
        raise UserError(
            ErrorCode.CONFLICT,
            what=f"{name} cannot be part of this ensemble.",
            why=f"It was trained for {own.title}, and the others for {task.title}.",
            next="Choose models of one task.",
        )
    return choice, name


def _solves_nothing(name: str) -> UserError:
    return UserError(
        ErrorCode.NO_WEIGHTS,
        what=f"{name} cannot predict by itself.",
        why="Its weights are those of an encoder and solve no task yet.",
        next="Finetune it on a task first, or give a finetuned checkpoint with its task.",
    )
