"""Prepare a finetune: which cases, from which start, with which options; recorded before anything runs."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from ..cases.tasks import Task
from ..engine.protocol.job_file import save_job
from ..engine.protocol.jobs import CaseFiles, FinetuneJob, ModelChoice, Precision, TrainOptions
from ..study.study import Study
from .cards import card_of, card_to_use
from .prepared import PreparedRun, case_files, used
from .selecting import DEFAULT_SPLIT, Mix, Selection, ensure_split, select
from .tasks import task_of


class FinetuneRequest(BaseModel):
    """What a user asks for.

    Attributes:
        task: name of a task, or path of a site's own.
        card: model card to start from: its name, or path of a site's own.
        weights: a checkpoint file for that card; None takes what the card itself provides.
        start_from: id of one of the study's models to train on, in place of `card` and `weights`.
        mix: how many high- and low-quality cases; ignored where `case_ids` are given.
        case_ids: exactly these cases.
        split: whose training part is drawn from and whose validation part picks the best epoch.
        options: learning rate, epochs and so on, `mode` among them.
        precision: number format; `auto` takes the fastest that is safe on the device.
        title: what to call the run; None makes one up from the request.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    task: str
    card: str = "taps_gland"
    weights: Path | None = None
    start_from: int | None = None
    mix: Mix = Mix()
    case_ids: tuple[int, ...] | None = None
    split: str = DEFAULT_SPLIT
    options: TrainOptions = TrainOptions()
    precision: Precision = "auto"
    seed: int = 0
    title: str | None = None
    threads: int | None = None


def preview(study: Study, request: FinetuneRequest) -> Selection:
    """The cases that `prepare_finetune` would use, without recording anything but the default split."""
    task = task_of(study, request.task)
    split = ensure_split(study, request.split, seed=request.seed, task=task)
    return select(study, task, mix=request.mix, case_ids=request.case_ids, split=split, seed=request.seed)


def prepare_finetune(study: Study, request: FinetuneRequest) -> PreparedRun:
    """Choose the cases, record a pending run, and write its job.

    Raises:
        UserError: see `selecting.select`; NOT_FOUND for an unknown task, card, model or split.
    """
    task = task_of(study, request.task)
    choice = _choice(study, request)
    selection = preview(study, request)
    card = card_of(study, choice.card)
    files = {
        case_id: case_files(
            study,
            study.cases.get(case_id),
            task,
            roles=card.inputs,
            label=selection.annotations[case_id].path if task.segments else None,
            answer=None if task.segments else selection.answers[case_id].numbers,
            quality=selection.quality[case_id],
        )
        for case_id in (*selection.train, *selection.validate)
    }
    run = study.runs.create(
        kind="finetune",
        title=request.title or _title(study, request, task, selection),
        config={
            "task": task.name,
            "answer": task.answer,
            "metric": task.metric,
            "card": card.name,
            "request": request.model_dump(mode="json"),
            "split": selection.split.name,
            "cases": [
                used(
                    study,
                    files[case_id],
                    part=part,
                    annotation=selection.annotations.get(case_id),
                    answer=selection.answers.get(case_id),
                )
                for part, ids in (("train", selection.train), ("validate", selection.validate))
                for case_id in ids
            ],
        },
        seed=request.seed,
    )
    job = FinetuneJob(
        output=run.folder,
        device=study.settings.device,
        threads=request.threads,
        precision=request.precision,
        seed=request.seed,
        model=choice,
        task=task,
        train=_files(files, selection.train),
        validate_on=_files(files, selection.validate),
        options=request.options,
        cache=study.folder / "cache",
    )
    save_job(job)
    return PreparedRun(run=run, job=job)


def _choice(study: Study, request: FinetuneRequest) -> ModelChoice:
    if request.start_from is not None:
        model = study.models.get(request.start_from)
        return ModelChoice(card=model.card, folder=model.folder)
    _card, reference = card_to_use(study, request.card)  # an unknown name is told now, not by the engine later
    return ModelChoice(card=reference, weights=request.weights)


def _files(files: dict[int, CaseFiles], ids: tuple[int, ...]) -> tuple[CaseFiles, ...]:
    return tuple(files[case_id] for case_id in ids)


def _title(study: Study, request: FinetuneRequest, task: Task, selection: Selection) -> str:
    high = sum(selection.quality[case_id] == "high" for case_id in selection.train)
    low = sum(selection.quality[case_id] == "low" for case_id in selection.train)
    unrated = len(selection.train) - high - low
    mix = ", ".join(
        f"{count} {name}" for count, name in ((high, "high"), (low, "low"), (unrated, "unrated")) if count
    )
    origin = (
        card_of(study, request.card).name if request.start_from is None else study.models.get(request.start_from).name
    )
    start = "from scratch" if request.options.mode == "scratch" else f"{request.options.mode} from {origin}"
    return f"{task.title}: {start} on {mix}"
