"""What a report tells, taken from a study as plain lines: no formatting here, and no identity unless asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from ..cases.roles import Role
from ..common.errors import UserError
from ..models.cards import ModelCard
from ..quality.form import load_form
from ..study.quality import scores, strata
from ..study.records import Annotation, Reading, Run
from ..study.study import Study
from ..workflow.cards import card_of
from ..workflow.predicting import not_trained_on
from ..workflow.results import (
    SummaryRow,
    asks_about_exams,
    best_validation,
    by_case,
    metric_of,
    metric_words,
    summary_of,
    validation_history,
)
from ..workflow.tasks import task_of

Names = Mapping[int, str]
Hide = Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class CaseLine:
    """One case. `uses` says what it was used for, e.g. `trained on (run 1)`."""

    id: int
    name: str
    simulated: bool
    series: tuple[str, ...]
    readers: int
    exam_score: int | None
    section_scores: dict[str, int | None]
    quality: str | None
    masks: tuple[str, ...]
    uses: tuple[str, ...]
    dice: dict[str, float | None]


@dataclass(frozen=True, kw_only=True)
class Training:
    """One finetune run."""

    run_id: int
    title: str
    status: str
    task: str
    card: str
    mode: str
    epochs: int
    seed: int
    split: str
    train: tuple[str, ...]
    validate: tuple[str, ...]
    mix: dict[str, int]
    history: tuple[tuple[int, float], ...]
    best: float | None
    metric: str
    """What the best epoch was chosen by, in words."""
    elapsed_s: float | None
    warnings: tuple[str, ...]
    error: str


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """One evaluate run.

    `dice` holds (case name, stratum, label, value); `held_out` tells whether no case was trained on.
    """

    run_id: int
    title: str
    model: str
    cases: int
    held_out: bool | None
    seen: tuple[str, ...]
    summary: tuple[SummaryRow, ...]
    dice: tuple[tuple[str, str | None, str, float], ...]
    colors: dict[str, str]
    without_reference: tuple[str, ...]
    references: tuple[tuple[str, int], ...]
    """Where the reference masks come from, and how many: a number is worth what it is held against."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a reader did with one annotation."""

    case: str
    task: str
    status: str
    source: str
    dice: float | None
    added_ml: float | None
    removed_ml: float | None


@dataclass(frozen=True, kw_only=True)
class ReportData:
    """Everything that the template shows."""

    study: str
    rule: str
    form: str
    form_notice: str
    protocol: str
    readers: int
    readings: int
    median_active_s: float | None
    cases: tuple[CaseLine, ...]
    trainings: tuple[Training, ...]
    evaluations: tuple[Evaluation, ...]
    changes: tuple[Change, ...]
    cards: tuple[ModelCard, ...]
    runs: tuple[Run, ...]
    versions: dict[str, str]


def report_data(study: Study, *, names: Names, hide: Hide) -> ReportData:
    """Collect it.

    Args:
        study: what the report is about.
        names: what to call each case.
        hide: takes identity out of free text.
    """
    form = load_form(study.settings.form)
    runs = study.runs.all()
    readings = study.readings.all_latest()
    trainings = tuple(_training(run, names, hide) for run in runs if run.kind == "finetune")
    evaluations = tuple(_evaluation(study, run, names, hide) for run in runs if _is_of_masks(run))
    return ReportData(
        study=hide(study.name),
        rule=study.settings.quality_rule.describe(form),
        form=f"{form.title}, version {form.version}",
        form_notice=form.notice,
        protocol={"bpmri": "biparametric (bpMRI)", "mpmri": "multiparametric (mpMRI)"}[study.settings.protocol],
        readers=len({reading.reader_id for reading in readings}),
        readings=len(readings),
        median_active_s=median(r.active_s for r in readings) if readings else None,
        cases=_cases(study, names, runs, readings),
        trainings=trainings,
        evaluations=evaluations,
        changes=_changes(study, names, hide),
        cards=_cards(study, runs),
        runs=tuple(runs),
        versions={name: text for run in runs for name, text in run.versions.items() if name != "engine_pid"},
    )


def _cases(study: Study, names: Names, runs: list[Run], readings: list[Reading]) -> tuple[CaseLine, ...]:
    quality = strata(study)
    exam = scores(study)
    masks: dict[int, set[str]] = {}
    for annotation in study.annotations.all():
        if annotation.origin != "model" and annotation.status != "rejected":
            masks.setdefault(annotation.case_id, set()).add(annotation.task)
    last = next((run for run in reversed(runs) if _is_of_masks(run)), None)
    dice = {(row.case_id, row.label): row.value for row in by_case(last) if row.metric == "dice"} if last else {}
    return tuple(
        CaseLine(
            id=case.id,
            name=names[case.id],
            simulated=case.simulated,
            series=tuple(_spelled(series.role) for series in study.cases.series(case.id)),
            readers=len({r.reader_id for r in readings if r.case_id == case.id}),
            exam_score=exam[case.id],
            section_scores=_sections([r for r in readings if r.case_id == case.id]),
            quality=quality[case.id],
            masks=tuple(sorted(masks.get(case.id, ()))),
            uses=_uses(case.id, runs),
            dice={label: value for (case_id, label), value in dice.items() if case_id == case.id},
        )
        for case in study.cases.all()
    )


def _is_of_masks(run: Run) -> bool:
    """A finished evaluation of masks; answers about exams have a section of their own."""
    return run.kind == "evaluate" and run.status == "done" and not asks_about_exams(run)


def _spelled(role: Role) -> str:
    known = {"t2w": "T2w", "t2w_sag": "T2w sag", "t2w_cor": "T2w cor", "adc": "ADC", "hbv": "high b"}
    return known.get(role.value, role.value.upper() if role is not Role.OTHER else "other")


def _sections(readings: list[Reading]) -> dict[str, int | None]:
    """Technical and visual scores of the newest reading, kept apart."""
    if not readings:
        return {}
    newest = max(readings, key=lambda reading: reading.id)
    return {**newest.technical.get("scores", {}), **newest.visual.get("scores", {})}


def _uses(case_id: int, runs: list[Run]) -> tuple[str, ...]:
    words = {
        "train": "trained on",
        "validate": "chose the epoch",
        "predict": "predicted",
        "evaluate": "evaluated",
        "pretrain": "pretrained on, without labels",
        "held_out": "chose the epoch of a pretraining",
    }
    return tuple(
        f"{words.get(entry['part'], entry['part'])} (run {run.id})"
        for run in runs
        if run.status == "done"
        for entry in run.config.get("cases", ())
        if entry["case_id"] == case_id
    )


def _training(run: Run, names: Names, hide: Hide) -> Training:
    used = run.config["cases"]
    train = [entry for entry in used if entry["part"] == "train"]
    options = run.config["request"]["options"]
    history = tuple(validation_history(run))
    mix = {level: sum(entry["quality"] == level for entry in train) for level in ("high", "low")}
    return Training(
        run_id=run.id,
        title=hide(run.title),
        status=run.status,
        task=str(run.config["task"]),
        card=str(run.config["card"]),
        mode=str(options["mode"]),
        epochs=int(options["epochs"]),
        seed=run.seed,
        split=str(run.config["split"]),
        train=tuple(names[entry["case_id"]] for entry in train),
        validate=tuple(names[entry["case_id"]] for entry in used if entry["part"] == "validate"),
        mix=mix | {"not rated": len(train) - sum(mix.values())},
        history=history,
        best=best_validation(run),
        metric=metric_words(metric_of(run)),
        elapsed_s=run.results.get("elapsed_s"),
        warnings=tuple(hide(f"{w['what']} {w['why']}") for w in run.results.get("warnings", ())),
        error=hide(f"{run.error['what']} {run.error['why']}") if run.error else "",
    )


def _evaluation(study: Study, run: Run, names: Names, hide: Hide) -> Evaluation:
    cases = [study.cases.get(entry["case_id"]) for entry in run.config["cases"]]
    model_id = run.config.get("model_id")
    seen: tuple[str, ...] = ()
    if model_id is not None:
        unseen = {case.id for case in not_trained_on(study, study.models.get(model_id), cases)}
        seen = tuple(names[case.id] for case in cases if case.id not in unseen)
    task = task_of(study, str(run.config["task"]))
    references = [entry["annotation_id"] for entry in run.config["cases"]]
    return Evaluation(
        run_id=run.id,
        title=hide(run.title),
        model=hide(str(run.config["model"])),
        cases=len(cases),
        held_out=None if model_id is None else not seen,
        seen=seen,
        summary=tuple(summary_of(run)),
        dice=tuple(
            (names[row.case_id], row.stratum, row.label, row.value)
            for row in by_case(run)
            if row.metric == "dice" and row.value is not None
        ),
        colors={label.short: "#{:02x}{:02x}{:02x}".format(*label.color) for label in task.labels},
        without_reference=tuple(names[case_id] for case_id in run.config.get("without_reference", ())),
        references=tuple(Counter(hide(_made_by(study.annotations.get(i))) for i in references).most_common()),
    )


def _made_by(annotation: Annotation) -> str:
    if annotation.origin == "imported":
        return f"imported, {annotation.source}" if annotation.source else "imported"
    if annotation.origin == "reader":
        return "drawn or corrected by a reader"
    return "a model's, accepted by a reader"


def _changes(study: Study, names: Names, hide: Hide) -> tuple[Change, ...]:
    found: list[Change] = []
    for annotation in study.annotations.all():
        if annotation.reader_id is None or annotation.supersedes is None:
            continue
        changes: dict[str, Any] = annotation.changes or {}
        found.append(
            Change(
                case=names[annotation.case_id],
                task=annotation.task,
                status=annotation.status,
                source=hide(annotation.source),
                dice=changes.get("dice"),
                added_ml=changes.get("added_ml"),
                removed_ml=changes.get("removed_ml"),
            )
        )
    return tuple(found)


def _cards(study: Study, runs: list[Run]) -> tuple[ModelCard, ...]:
    found: dict[str, ModelCard] = {}
    for run in runs:
        name = run.config.get("card")
        if name is None or name in found:
            continue
        try:
            found[name] = card_of(study, str(name))
        except UserError:
            continue  # a card file that is gone or was changed to something else; the run's line still names it
    return tuple(found.values())
