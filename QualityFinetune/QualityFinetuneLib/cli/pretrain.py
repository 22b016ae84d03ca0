"""`pretrain`: let an encoder learn from exams that nobody has labelled."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from ..common.errors import ErrorCode, UserError
from ..engine.protocol.jobs import PretrainOptions
from ..study.records import Model, Run
from ..study.study import Study
from ..workflow.pretraining import PretrainRequest, Unlabelled, choose_unlabelled, prepare_pretrain
from ..workflow.resuming import prepare_resume
from .options import JsonOption, StudyOption, ThreadsOption, find_cases, find_model
from .output import Output
from .running import run_with_progress
from .training_options import DryRunOption, ResumeOption, StepsPerEpochOption, TitleOption

_DEFAULTS = PretrainOptions()


class Start(Enum):
    """What to begin with; the same words as in jobs."""

    SCRATCH = "scratch"
    PRETRAINED = "pretrained"


def pretrain(
    card: Annotated[
        str, typer.Option("--card", "--model", help="Card whose encoder learns, or a model of the study.")
    ] = "taps_gland",
    weights: Annotated[Path | None, typer.Option(help="Checkpoint file for the card, to go on from.")] = None,
    start: Annotated[
        Start, typer.Option(help="Begin with random weights, or go on from the card's own.")
    ] = Start.SCRATCH,
    case: Annotated[list[str] | None, typer.Option("--case", help="Use exactly these; may be repeated.")] = None,
    held_out: Annotated[
        float, typer.Option(min=0, max=0.9, help="Share of patients that judge it and are not learned from.")
    ] = 0.1,
    include_test: Annotated[
        bool, typer.Option("--include-test", help="Also use patients that a split keeps for testing.")
    ] = False,
    epochs: Annotated[int, typer.Option(min=1)] = _DEFAULTS.epochs,
    steps_per_epoch: StepsPerEpochOption = None,
    batch_size: Annotated[int, typer.Option(min=1)] = _DEFAULTS.batch_size,
    learning_rate: Annotated[float, typer.Option()] = _DEFAULTS.learning_rate,
    mask_ratio: Annotated[float, typer.Option(help="Share of the patches to hide.")] = _DEFAULTS.mask_ratio,
    mask_patch: Annotated[
        tuple[int, int, int] | None, typer.Option(metavar="X Y Z", help="Voxels of a patch; 16 each if it fits.")
    ] = None,
    patch: Annotated[
        tuple[int, int, int] | None,
        typer.Option(metavar="X Y Z", help="Voxels shown at once; the card's if left out."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the held-out patients and of the training.")] = 0,
    title: TitleOption = None,
    resume: ResumeOption = None,
    dry_run: DryRunOption = False,
    study: StudyOption = Path(),
    threads: ThreadsOption = None,
    json: JsonOption = False,
) -> None:
    """Pretrain an encoder on exams without labels: it learns to guess hidden parts of the images.

    Every case with an axial T2w series is used, labelled or not, except patients that a split keeps for testing. The
    result is an encoder: it segments nothing by itself, and a finetune can start from it. The loss is 1 for an
    encoder that guesses nothing and falls as it learns. Expect hours on a processor for a hundred exams; Ctrl+C stops
    at the next batch, and --resume goes on.

    * `quality-finetune pretrain --card taps_gland --epochs 200`

    * `quality-finetune pretrain --card profound_conv --weights profound.pth --start pretrained`

    * then `quality-finetune finetune --task zones --model "pretrained 1" --mode full`
    """
    output = Output(json_only=json)
    with Study.open(study) as opened:
        if resume is not None:
            prepared = prepare_resume(opened, _pretraining(opened, resume))
        else:
            own = find_model(opened, card)
            request = PretrainRequest(
                card=own.card if own else card,
                start_from=own.id if own else None,
                weights=weights,
                case_ids=tuple(found.id for found in find_cases(opened, case)) if case else None,
                held_out=held_out,
                include_test=include_test,
                options=_options(
                    start=start.value,
                    epochs=epochs,
                    steps_per_epoch=steps_per_epoch,
                    batch_size=batch_size,
                    learning_rate=learning_rate,
                    mask_ratio=mask_ratio,
                    mask_patch=mask_patch,
                    patch=patch,
                ),
                seed=seed,
                title=title,
                threads=threads,
            )
            chosen = choose_unlabelled(opened, request)
            if dry_run:
                _show(opened, chosen, output)
                return
            _explain(opened, chosen, output)
            prepared = prepare_pretrain(opened, request)
        run = run_with_progress(opened, prepared, output)
        made = next((one for one in reversed(opened.models.all()) if one.run_id == run.id), None)
        _tell(run, made, output)


def _options(**values: Any) -> PretrainOptions:
    positive = [*(values["patch"] or ()), *(values["mask_patch"] or ()), values["learning_rate"]]
    wrong = next((number for number in positive if not number > 0), None)
    if wrong is not None or not 0 < values["mask_ratio"] < 1:
        ratio = f"The share of hidden patches is {values['mask_ratio']:g} and must lie between 0 and 1."
        raise UserError(
            ErrorCode.BAD_CONFIG,
            what="The pretraining cannot be set up like this.",
            why=ratio if wrong is None else f"One of its numbers is {wrong:g} and must be larger than 0.",
            next="Leave the option out; its default suits most exams.",
        )
    return PretrainOptions(**values)


def _pretraining(study: Study, run_id: int) -> Run:
    run = study.runs.get(run_id)
    if run.kind != "pretrain":
        raise UserError(
            ErrorCode.NOT_FOUND,
            what=f"Run {run_id} cannot be resumed here.",
            why=f"It is a {run.kind} run.",
            next=f"Use: quality-finetune {run.kind} --resume {run_id}.",
        )
    return run


def _show(study: Study, chosen: Unlabelled, output: Output) -> None:
    parts = (("learn", chosen.learn), ("held out", chosen.hold_out))
    rows = [[part, study.display_name(study.cases.get(case_id))] for part, ids in parts for case_id in ids]
    output.table("This pretraining would use", ["Part", "Case"], rows)
    output.document(
        {
            "learn": chosen.learn,
            "held_out": chosen.hold_out,
            "kept_for_testing": chosen.left_out,
            "without_t2w": chosen.no_t2w,
        }
    )


def _explain(study: Study, chosen: Unlabelled, output: Output) -> None:
    if chosen.left_out:
        count = len(chosen.left_out)
        cases = "1 case is" if count == 1 else f"{count} cases are"
        output.say(f"{cases} left out: patients that a split keeps for testing.")
    elif not study.splits.all():
        output.warn(
            "No patient is kept for testing yet.",
            "The study has no split, so every patient may be pretrained on.",
            "Evaluate only on patients that come later, or make a split first.",
        )


def _tell(run: Run, model: Model | None, output: Output) -> None:
    last = next(reversed(_each_epoch(run, "loss")), None)
    best = min(_each_epoch(run, "held_out_loss"), default=None)
    if model is not None:
        reached = f", held-out loss {best:.3f} (1 is no guess at all)" if best is not None else ""
        output.say(f'Run {run.id} is done: the encoder is called "{model.name}"{reached}.')
        output.say(f'Next: quality-finetune finetune --task zones --model "{model.name}" --mode full')
    output.document(
        {
            "run": run.id,
            "status": run.status,
            "model": {"id": model.id, "name": model.name, "folder": model.folder} if model else None,
            "loss": last,
            "best_held_out_loss": best,
            "elapsed_s": run.results.get("elapsed_s"),
        }
    )


def _each_epoch(run: Run, name: str) -> list[float]:
    """One number an epoch, over all cases; of an epoch that a resumed run repeats the last word counts."""
    told = {
        int(metric["epoch"]): float(metric["value"])
        for metric in run.results.get("metrics", ())
        if metric["name"] == name and not metric.get("case") and metric.get("value") is not None
    }
    return [told[epoch] for epoch in sorted(told)]
