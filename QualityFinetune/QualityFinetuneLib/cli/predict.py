"""`predict`: let a model segment cases; the results are drafts for a reader to review."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..study.records import Model
from ..study.study import Study
from ..workflow.predicting import PredictOptions, not_trained_on, prepare_predict
from ..workflow.results import asks_about_exams
from ..workflow.run_files import KEPT_FILES, run_files
from .answers_shown import show_predicted
from .options import JsonOption, StudyOption, ThreadsOption, find_cases, find_model
from .output import Output
from .running import run_with_progress


def predict(
    model: Annotated[str, typer.Option(help="A model of the study by name or id, or a card.")] = "taps_gland",
    case: Annotated[list[str] | None, typer.Option("--case", help="Only these cases; may be repeated.")] = None,
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Only cases whose patients the model has not learned from.")
    ] = False,
    weights: Annotated[Path | None, typer.Option(help="Checkpoint file for a card.")] = None,
    task: Annotated[
        str | None, typer.Option(help="What such a checkpoint was finetuned for, where its card does not say.")
    ] = None,
    ensemble: Annotated[
        list[str] | None,
        typer.Option("--ensemble", help="A further model of the same task to average with; may be repeated."),
    ] = None,
    flips: Annotated[bool, typer.Option("--flips", help="Average with each case mirrored left to right.")] = False,
    dropout: Annotated[
        int, typer.Option("--dropout", min=0, help="Average so many looks with the network's dropout left on.")
    ] = 0,
    uncertainty: Annotated[
        bool, typer.Option("--uncertainty", help="Keep a map of how unsure the average is.")
    ] = False,
    probabilities: Annotated[
        bool, typer.Option("--probabilities", help="Keep a map of each label's probability.")
    ] = False,
    study: StudyOption = Path(),
    threads: ThreadsOption = None,
    json: JsonOption = False,
) -> None:
    """Segment cases with a model, or answer for them. Masks come back on the grid of each T2w series, as drafts.

    * The gland, out of the box: `quality-finetune predict`

    * Your own model, on cases it has not seen: `quality-finetune predict --model "zones 1" --held-out`

    * Several runs together: `quality-finetune predict --model "zones 1" --ensemble "zones 2" --flips --uncertainty`

    * A finetuned ProFound file: `quality-finetune predict --model profound_conv --weights FILE --task lesion`
    """
    output = Output(json_only=json)
    with Study.open(study) as opened:
        chosen = find_model(opened, model)
        cases = find_cases(opened, case) if case else opened.cases.all()
        others = [find_model(opened, name) or name for name in ensemble or ()]
        if held_out:
            for one in [chosen, *others]:
                cases = not_trained_on(opened, one, cases) if isinstance(one, Model) else cases
        options = PredictOptions(
            ensemble=tuple(others),
            flips=flips,
            dropout_passes=dropout,
            uncertainty=uncertainty,
            probabilities=probabilities,
        )
        run = run_with_progress(
            opened,
            prepare_predict(
                opened, chosen or model, cases, weights=weights, task=task, threads=threads, options=options
            ),
            output,
        )
        if asks_about_exams(run):
            show_predicted(opened, run, output)
            return
        drafts = [a for a in opened.annotations.all() if a.run_id == run.id and a.origin == "model"]
        output.table(
            f"Run {run.id}: {len(drafts)} drafts in {opened.folder}",
            ["Case", "Task", "Mask"],
            [
                [opened.display_name(opened.cases.get(a.case_id)), a.task, a.path.relative_to(opened.folder)]
                for a in drafts
            ],
        )
        maps = [
            {"case": case_id, "role": role, "path": path}
            for role in KEPT_FILES
            for case_id, paths in run_files(run, role).items()
            for path in paths
        ]
        if maps:
            output.say(f"{len(maps)} maps in {run.folder / 'predictions'}")
        output.document(
            {
                "run": run.id,
                "status": run.status,
                "maps": maps,
                "drafts": [{"case": a.case_id, "task": a.task, "path": a.path, "annotation": a.id} for a in drafts],
            }
        )
