"""The command line: one command group a step, named as in the panels."""

from __future__ import annotations

import io
import sys
from typing import Annotated

import typer

from ..common.version import __version__
from . import agree, demo, evaluate, finetune, models, predict, pretrain, quality, rate, report, study_commands, tasks
from .guard import GuardedGroup

app = typer.Typer(
    cls=GuardedGroup,
    name="quality-finetune",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    """Rate prostate MRI quality, finetune a prostate foundation model on the mix you choose, and check the result.

    The whole loop, after `cd my-study` or with `--study my-study` on each command:

    * `quality-finetune study create my-study --name "Pilot"`

    * `quality-finetune study import exams/`

    * `quality-finetune rate "Case 0001" --reader "Reader A" --set t2w_snr=yes`

    * `quality-finetune finetune --task zones --high 4 --low 2`

    * `quality-finetune predict --model "zones 1" --held-out`

    * `quality-finetune evaluate` and `quality-finetune report --out report.html`

    Or see it all at once: `quality-finetune demo`. Nothing leaves this computer.
    """


app.add_typer(study_commands.app, name="study")
app.command("rate")(rate.rate)
app.command("agreement")(agree.agreement)
app.add_typer(quality.app, name="quality")
app.command("pretrain")(pretrain.pretrain)
app.command("finetune")(finetune.finetune)
app.command("predict")(predict.predict)
app.command("evaluate")(evaluate.evaluate)
app.command("report")(report.report)
app.add_typer(models.app, name="models")
app.add_typer(tasks.app, name="tasks")
app.command("demo")(demo.demo)


def run() -> None:
    """Entry point of `quality-finetune` and `python -m QualityFinetuneLib`."""
    for stream in (sys.stdout, sys.stderr):
        # A console that knows no such letter shows a stand-in; it must not end a run.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    app()
