"""Prepare a pretraining: which exams without labels, from which start; recorded before anything runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from ..cases.roles import Role
from ..common.errors import ErrorCode, UserError
from ..engine.protocol.job_file import save_job
from ..engine.protocol.jobs import ModelChoice, PretrainJob, PretrainOptions
from ..study.quality import strata
from ..study.records import Case
from ..study.study import Study
from .cards import card_of, card_to_use
from .prepared import PreparedRun, case_files, names, used


class PretrainRequest(BaseModel):
    """What a user asks for.

    Attributes:
        card: model card whose encoder is pretrained.
        weights: a checkpoint file for that card, to go on from.
        start_from: id of one of the study's models to go on from, in place of `card` and `weights`.
        case_ids: exactly these cases; None takes every case with an axial T2w series.
        held_out: share of the patients that judge the encoder and are never learned from; 0 holds out nobody.
        include_test: also use patients that a split keeps for testing.
        options: epochs, learning rate and so on.
        title: what to call the run; None makes one up from the request.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    card: str = "taps_gland"
    weights: Path | None = None
    start_from: int | None = None
    case_ids: tuple[int, ...] | None = None
    held_out: float = Field(default=0.1, ge=0, lt=1)
    include_test: bool = False
    options: PretrainOptions = PretrainOptions()
    seed: int = 0
    title: str | None = None
    threads: int | None = None


@dataclass(frozen=True, kw_only=True)
class Unlabelled:
    """Cases for one pretraining, by id.

    Attributes:
        learn: learned from.
        hold_out: judged after each epoch; other patients than those of `learn`.
        left_out: kept for testing by a split, so not used.
        no_t2w: without an axial T2w series, so not usable.
    """

    learn: tuple[int, ...]
    hold_out: tuple[int, ...]
    left_out: tuple[int, ...]
    no_t2w: tuple[int, ...]


def choose_unlabelled(study: Study, request: PretrainRequest) -> Unlabelled:
    """The cases that `prepare_pretrain` would use; whether they have masks makes no difference.

    Patients that any split of the study keeps for testing are left out unless the request says otherwise: an encoder
    that has seen them, even without labels, would make their results look better than those of new patients.

    Raises:
        UserError: TOO_FEW_CASES, or CONFLICT for a named case that is kept for testing.
    """
    wanted = study.cases.all()
    if request.case_ids is not None:
        wanted = [study.cases.get(case_id) for case_id in dict.fromkeys(request.case_ids)]
    kept = set() if request.include_test else _kept_for_testing(study)
    tested = [case for case in wanted if case.patient in kept]
    if tested and request.case_ids is not None:
        raise UserError(
            ErrorCode.CONFLICT,
            what=f"{names(study, tested)} cannot be pretrained on.",
            why="A split keeps these patients for testing." if len(tested) > 1 else "A split keeps it for testing.",
            next="Leave them out, or ask for patients of the test part to be included.",
        )
    there = {case.id for case in wanted if study.cases.first(case.id, Role.T2W) is not None}
    usable = [case for case in wanted if case.id in there and case.patient not in kept]
    if not usable:
        raise UserError(
            ErrorCode.TOO_FEW_CASES,
            what="There is nothing to pretrain on.",
            why=f"Of {len(wanted)} cases {len(wanted) - len(there)} have no axial T2w series and {len(tested)} are "
            "kept for testing.",
            next="Import more exams.",
        )
    held_out = _hold_out(usable, request.held_out, request.seed)
    return Unlabelled(
        learn=tuple(case.id for case in usable if case.patient not in held_out),
        hold_out=tuple(case.id for case in usable if case.patient in held_out),
        left_out=tuple(case.id for case in tested),
        no_t2w=tuple(case.id for case in wanted if case.id not in there),
    )


def prepare_pretrain(study: Study, request: PretrainRequest) -> PreparedRun:
    """Choose the cases, record a pending run, and write its job.

    Raises:
        UserError: see `choose_unlabelled`; NOT_FOUND for an unknown card or model.
    """
    choice = _choice(study, request)
    card = card_of(study, choice.card)
    chosen = choose_unlabelled(study, request)
    quality = strata(study)
    files = {
        part: tuple(
            case_files(study, study.cases.get(case_id), None, roles=card.inputs, quality=quality.get(case_id))
            for case_id in ids
        )
        for part, ids in (("pretrain", chosen.learn), ("held_out", chosen.hold_out))
    }
    onward = request.weights is not None or request.start_from is not None
    options = request.options.model_copy(update={"start": "pretrained"}) if onward else request.options
    run = study.runs.create(
        kind="pretrain",
        title=request.title or _title(card.name, options, len(chosen.learn)),
        config={
            "task": None,
            "card": card.name,
            "request": request.model_dump(mode="json"),
            "cases": [used(study, one, part=part) for part, members in files.items() for one in members],
        },
        seed=request.seed,
    )
    job = PretrainJob(
        output=run.folder,
        device=study.settings.device,
        threads=request.threads,
        seed=request.seed,
        model=choice,
        cases=files["pretrain"],
        hold_out=files["held_out"],
        options=options,
    )
    save_job(job)
    return PreparedRun(run=run, job=job)


def _choice(study: Study, request: PretrainRequest) -> ModelChoice:
    if request.start_from is not None:
        model = study.models.get(request.start_from)
        return ModelChoice(card=model.card, folder=model.folder)
    _card, reference = card_to_use(study, request.card)  # an unknown name is told now, not by the engine later
    return ModelChoice(card=reference, weights=request.weights)


def _kept_for_testing(study: Study) -> set[str]:
    return {study.cases.get(case_id).patient for split in study.splits.all() for case_id in split.part("test")}


def _hold_out(cases: Sequence[Case], share: float, seed: int) -> set[str]:
    """Patients to judge by: the asked share, at least one of three or more, never all."""
    patients = sorted({case.patient for case in cases})
    if share == 0 or len(patients) < 3:
        return set()
    count = min(max(1, round(share * len(patients))), len(patients) - 1)
    return {patients[place] for place in np.random.default_rng(seed).permutation(len(patients))[:count]}


def _title(card: str, options: PretrainOptions, cases: int) -> str:
    start = "from random weights" if options.start == "scratch" else "going on from its weights"
    return f"Pretraining without labels: encoder of {card}, {start}, on {cases} case{'s' if cases > 1 else ''}"
