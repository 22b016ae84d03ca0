"""`demo`: the whole loop on one folder of exams, or on a simulated cohort, with everything it makes in one place."""

from __future__ import annotations

import shlex
import shutil
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from ..common.errors import ErrorCode, UserError
from ..engine.protocol.jobs import TrainOptions
from .demo_loop import DemoLoop, DemoResult
from .options import JsonOption, Mode, ThreadsOption
from .output import Output

DEFAULT_OUT = "demo-study"
DEFAULT_MODEL = "taps_gland"


def demo(
    folder: Annotated[Path | None, typer.Argument(help="Exams to use; a simulated cohort if left out.")] = None,
    out: Annotated[Path | None, typer.Option(help="New folder for everything; `demo-study` if left out.")] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Of the finetune.")] = 10,
    patients: Annotated[int, typer.Option(min=5, help="Of the simulated cohort.")] = 12,
    model: Annotated[str, typer.Option(help="Card to start from; see `models list`.")] = DEFAULT_MODEL,
    mode: Annotated[Mode, typer.Option(help="Keep the encoder, train all, or start from random.")] = Mode.FROZEN,
    seed: Annotated[int, typer.Option(help="Of cohort, split and training.")] = 0,
    threads: ThreadsOption = None,
    json: JsonOption = False,
) -> None:
    """Run the whole loop: create a study, import, rate, finetune, predict cases not trained on, evaluate, report.

    * With a simulated cohort: `quality-finetune demo`

    * With your own exams (NIfTI, NRRD, MHA or DICOM): `quality-finetune demo exams/ --out trial`

    Ratings are never invented for real exams, so there the image quality stays unknown until somebody rates it.
    """
    output = Output(json_only=json)
    if folder is not None and not folder.is_dir():
        raise UserError(
            ErrorCode.NOT_FOUND,
            what=f"The demo cannot use {folder}.",
            why="There is no such folder.",
            next="Give the folder that holds the exams, or leave it out for a simulated cohort.",
        )
    place = new_folder(out)
    started = time.monotonic()
    options = TrainOptions(
        mode=mode.value,
        epochs=epochs,
        learning_rate=2e-3,
        views=2,
        validate_every=2,
    )
    loop = DemoLoop(place, output=output, model=model, options=options, patients=patients, seed=seed, threads=threads)
    result = loop.run(folder)
    elapsed_s = time.monotonic() - started
    _tell(result, output, elapsed_s)
    output.document({**vars(result), "elapsed_s": round(elapsed_s, 1)})


def new_folder(out: Path | None) -> Path:
    """An empty folder: the named one, or `demo-study`, `demo-study-2` ...

    Raises:
        UserError: CONFLICT when the named folder is not empty.
    """
    if out is not None:
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise UserError(
                ErrorCode.CONFLICT,
                what=f"The demo cannot write into {out}.",
                why="It exists and is not empty.",
                next="Name a new folder with --out.",
            )
        place = out
    else:
        number, place = 2, Path(DEFAULT_OUT)
        while place.exists():
            place, number = Path(f"{DEFAULT_OUT}-{number}"), number + 1
    place.mkdir(parents=True, exist_ok=True)
    _require_space(place)
    return place.resolve()


def _require_space(place: Path, *, needed_gb: float = 1.0) -> None:
    free_gb = shutil.disk_usage(place).free / 1e9
    if free_gb < needed_gb:
        raise UserError(
            ErrorCode.DISK_FULL,
            what="The demo was not started.",
            why=f"The disk of {place} has {free_gb:.1f} GB left, and about {needed_gb:.0f} GB are needed.",
            next="Free some space, or name a folder on another disk with --out.",
        )


def _tell(result: DemoResult, output: Output, elapsed_s: float) -> None:
    rows: list[tuple[str, object]] = [
        ("Report", result.report),
        ("Study", result.study),
        ("Masks", result.masks),
        ("Pictures", result.pictures),
    ]
    if result.exams is not None:
        rows.append(("Simulated exams", result.exams))
    output.say("")
    for label, value in result.dice.items():
        output.say(f"Dice {label}: {value:.2f} (mean of {result.evaluated} cases not trained on)")
    output.say(f"Done in {elapsed_s / 60:.1f} minutes. Everything lies here:")
    for name, where in rows:
        output.say(f"  {name + ':':17}{where}")
    output.say(f"Go on with: {_this_program()} study list --study {shlex.quote(str(result.study))}")


def _this_program() -> str:
    """What to type for it here: the demo may run from an environment that no shell knows."""
    if shutil.which("quality-finetune"):
        return "quality-finetune"
    return f"{shlex.quote(sys.executable)} -m QualityFinetuneLib"
