"""`quality train-predictor`: learn a quality score of one kind of series from readings or from simulated faults."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from ..common.errors import ErrorCode, UserError
from ..quality.prediction import QualityPredictor, save_predictor, train
from ..quality.prediction.predictor import Errors
from ..study.study import Study
from ..workflow.predictor_training import TrainingSet, examples_from_faults, examples_from_readings, kinds_for
from .options import JsonOption, StudyOption
from .output import Output
from .quality_exams import PathsArgument, chosen_exams, roles_of
from .running import bars


class Source(Enum):
    """What to learn from."""

    FAULTS = "faults"
    READINGS = "readings"


def train_predictor(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE.json", help="Receives the predictor.")],
    paths: PathsArgument = None,
    source: Annotated[Source, typer.Option("--from", help="Simulated faults, or the readings of the study.")] = (
        Source.FAULTS
    ),
    role: Annotated[str, typer.Option(help="Of the series that it is for, e.g. t2w or adc.")] = "t2w",
    kinds: Annotated[
        list[str] | None, typer.Option("--kind", help="A fault to simulate; may be repeated. See `degrade --list`.")
    ] = None,
    hold_out: Annotated[
        list[str] | None,
        typer.Option(
            "--hold-out", metavar="KIND", help="A fault to leave out of training and test on; `none` for no."
        ),
    ] = None,
    score: Annotated[
        str | None, typer.Option(help="Score of the form to learn; the role's visual score when left out.")
    ] = None,
    level: Annotated[float, typer.Option(min=0.5, max=0.99, help="Of the interval.")] = 0.9,
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 0,
    study: StudyOption = Path(),
    json: JsonOption = False,
) -> None:
    """Train a quality score from the measures of series, and tell how far off it is on patients it never saw.

    From faults: each exam is degraded in known steps, and quality is 1 minus the severity. One kind of fault takes
    no part in the training; the error on it tells what to expect of artefacts that nobody simulated. From readings:
    the score that readers gave. The result is a JSON file; `predict` uses it.

    * From faults: `quality-finetune quality train-predictor exams/ --role t2w --hold-out ghosting --out t2w.json`

    * From readings: `quality-finetune quality train-predictor --from readings --role t2w --out t2w.json`
    """
    output = Output(json_only=json)
    (chosen_role,) = roles_of([role])
    with bars(output) as progress:
        bar = progress.add_task("Measuring", total=None, note="", eta_s=None)

        def show(done: int, total: int, note: str) -> None:
            progress.update(bar, completed=done, total=total, note=note)

        if source is Source.READINGS:
            held_out: list[str] = []
            if paths or kinds or hold_out:
                raise UserError(
                    ErrorCode.BAD_CONFIG,
                    what="It is not clear what to learn from.",
                    why="Readings belong to a study, and say nothing about simulated faults.",
                    next="Leave out paths, --kind and --hold-out, or use --from faults.",
                )
            with Study.open(study) as opened:
                made = examples_from_readings(opened, role=chosen_role, score=score, progress=show)
        else:
            usual, usually_held_out = kinds_for(chosen_role)
            named = kinds or list(usual)
            held_out = hold_out or [one for one in usually_held_out if one in named]
            held_out = [] if held_out == ["none"] else held_out
            made = examples_from_faults(
                chosen_exams(output, paths, study),
                role=chosen_role,
                kinds=list(dict.fromkeys([*named, *held_out])),
                seed=seed,
                progress=show,
            )
    for line in made.left_out:
        output.warn(line, "It gave no example.", "Nothing has to be done.")
    predictor = train(made.examples, role=chosen_role, target=made.target, hold_out=held_out, level=level, seed=seed)
    save_predictor(out, predictor)
    _tell(output, predictor, out)
    output.document(_document(predictor, made, out))


def _tell(output: Output, predictor: QualityPredictor, out: Path) -> None:
    rows: list[tuple[str, Errors]] = [("new patients", predictor.cross_validated)]
    if predictor.held_out is not None:
        rows.append((f"new patients, unseen: {', '.join(predictor.held_out.artefacts)}", predictor.held_out))
    output.table(
        f"Error of the predicted {predictor.target.name}, from {predictor.target.low:g} to {predictor.target.high:g}",
        ["On", "Series", "Patients", "Mean error", "By chance", "Rank correlation", "In the interval"],
        [
            [name, one.n, one.patients, one.mae, one.chance_mae, one.spearman, f"{one.coverage:.0%}"]
            for name, one in rows
        ],
    )
    output.say(
        f"Learned from {predictor.n} {predictor.role.value} series of {predictor.patients} patients; "
        f"the {predictor.level:.0%} interval is ± {predictor.half_width:.2f}."
    )
    if predictor.simulated:
        output.say("It learned from simulated faults: what it says about real ones has to be checked by a reader.")
    output.say(f"Wrote {out}.")


def _document(predictor: QualityPredictor, made: TrainingSet, out: Path) -> dict[str, object]:
    return {
        "file": out,
        "role": predictor.role,
        "target": predictor.target,
        "n": predictor.n,
        "patients": predictor.patients,
        "measures": predictor.measures,
        "artefacts": predictor.artefacts,
        "level": predictor.level,
        "half_width": predictor.half_width,
        "cross_validated": predictor.cross_validated,
        "held_out": predictor.held_out,
        "left_out": made.left_out,
    }
