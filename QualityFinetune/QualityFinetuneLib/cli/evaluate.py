"""`evaluate`: hold predictions against reference masks, for all cases and by image quality."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..study.study import Study
from ..workflow.evaluating import prepare_evaluate
from ..workflow.results import SummaryRow, asks_about_exams, summary_of
from .answers_shown import show_answers
from .options import JsonOption, StudyOption, ThreadsOption, find_run
from .output import Output
from .running import run_with_progress

_SHOWN = (
    ("Dice", "dice"),
    ("HD95, mm", "hd95"),
    ("Surface distance, mm", "surface_distance"),
    ("Volume error, ml", "volume_error"),
)


def evaluate(
    run: Annotated[int | None, typer.Option(help="The predict run; the newest finished one if left out.")] = None,
    allow_derived: Annotated[
        bool, typer.Option("--allow-derived", help="Also use masks that were corrected from these very predictions.")
    ] = False,
    study: StudyOption = Path(),
    threads: ThreadsOption = None,
    json: JsonOption = False,
) -> None:
    """How a prediction agrees with the references, over all cases and by quality.

    Masks by Dice, HD95, surface distance and volume error; answers about exams by the metrics of their task.

    Example: `quality-finetune evaluate --run 2 --json | jq '.summary[] | select(.metric == "dice")'`
    """
    output = Output(json_only=json)
    with Study.open(study) as opened:
        predicted = find_run(opened, run, kind="predict")
        prepared = prepare_evaluate(opened, predicted, allow_derived=allow_derived, threads=threads)
        done = run_with_progress(opened, prepared, output)
    if asks_about_exams(done):
        show_answers(done, output)
        return
    summary = summary_of(done)
    found = {(row.label, row.stratum, row.metric): row for row in summary}
    groups = dict.fromkeys((row.label, row.stratum) for row in summary)
    output.table(
        f"Run {done.id}: {done.title}; mean ± SD",
        ["Label", "Quality", "Cases", *(title for title, _ in _SHOWN)],
        [
            [label, stratum, found[label, stratum, "dice"].n]
            + [_spread(found.get((label, stratum, metric))) for _, metric in _SHOWN]
            for label, stratum in groups
        ],
    )
    document: dict[str, Any] = {"run": done.id, "status": done.status, "summary": summary}
    output.document(document)


def _spread(row: SummaryRow | None) -> str | None:
    if row is None or row.mean is None:
        return None
    return f"{row.mean:.2f}" + ("" if row.sd is None else f" ± {row.sd:.2f}")
