"""`quality degrade`: simulate faults of an acquisition with known severity, for studies and tests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..common.errors import ErrorCode, UserError
from ..quality.degradations import KINDS, packaged, packaged_names
from ..workflow.degrading import degrade_into, recipe_of
from .options import JsonOption, StudyOption
from .output import Output
from .quality_exams import CasesOption, PathsArgument, chosen_exams
from .running import bars


def degrade(
    paths: PathsArgument = None,
    cases: CasesOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FOLDER", help="Receives one folder a case.")
    ] = None,
    recipe: Annotated[
        str | None, typer.Option(metavar="NAME|FILE.yaml", help="Packaged recipe by name, or a file of your own.")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="One degradation instead of a recipe, e.g. motion.")] = None,
    severity: Annotated[float | None, typer.Option(help="Of --kind: 0 is unchanged, 1 is worst.")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of everything random; the recipe's own when left out.")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="List recipes and kinds of degradations.")] = False,
    study: StudyOption = Path(),
    json: JsonOption = False,
) -> None:
    """Degrade exams by a recipe into new folders, `Simulated <case> <recipe>`, that can be imported.

    Each folder holds the images, the masks of the source and `simulated.yaml` with the recipe, so that anyone can
    make it again. The source is never changed, and the result is marked simulated wherever it goes: it is no
    patient's image.

    * By recipe: `quality-finetune quality degrade --recipe moderate --out degraded/`

    * One fault: `quality-finetune quality degrade exams/ --kind motion --severity 0.5 --out degraded/`

    * Then: `quality-finetune study import degraded/`
    """
    output = Output(json_only=json)
    if list_:
        _list(output)
        return
    if out is None:
        raise UserError(
            ErrorCode.BAD_CONFIG,
            what="Nothing was degraded.",
            why="No folder for the result was named.",
            next="Name one with --out.",
        )
    chosen = recipe_of(recipe, kind=kind, severity=severity, seed=seed)
    written, left_out = [], []
    exams = chosen_exams(output, paths, study, cases)
    with bars(output) as progress:
        bar = progress.add_task("Degrading", total=len(exams), note="", eta_s=None)
        for number, exam in enumerate(exams, start=1):
            progress.update(bar, note=exam.name)
            try:
                written.append({"case": exam.name, "folder": degrade_into(exam, chosen, out)})
            except UserError as error:
                if error.code is ErrorCode.DISK_FULL or len(exams) == 1:
                    raise
                left_out.append({"case": exam.name, **error.as_dict()})
                output.warn(f"{exam.name}: {error.what}", error.why, error.next)
            progress.update(bar, completed=number)
    if not written:
        raise UserError(
            ErrorCode.NOT_AN_EXAM,
            what="Nothing was degraded.",
            why=f"{left_out[0]['what']} {left_out[0]['why']}",
            next=left_out[0]["next"],
        )
    output.say(f"Wrote {len(written)} simulated cases to {out}; {len(left_out)} were left out.")
    output.document({"recipe": chosen, "written": written, "left_out": left_out})


def _list(output: Output) -> None:
    recipes = [packaged(name) for name in packaged_names()]
    output.table("Recipes", ["Recipe", "Title", "Steps"], [[one.name, one.title, len(one.steps)] for one in recipes])
    kinds = [
        {"kind": name, "family": one.family, "what": (one.__doc__ or "").strip().splitlines()[0]}
        for name, one in KINDS.items()
    ]
    output.table("Kinds", ["Kind", "Family", "What it simulates"], [list(one.values()) for one in kinds])
    output.document({"recipes": recipes, "kinds": kinds})
