"""`quality measure`: noise, contrast, sharpness, ghosts, shading and alignment of every series, as numbers."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TaskID

from ..common.errors import ErrorCode, UserError
from ..quality.measures import DEFINITIONS, definitions
from ..study.csv_files import write_csv
from ..workflow.exams import add_mask
from ..workflow.measuring import COLUMNS, MEASURED, MeasuredExamSeries, measure_exam
from .options import JsonOption, StudyOption
from .output import Output
from .quality_exams import CasesOption, PathsArgument, RolesOption, chosen_exams, roles_of
from .running import bars


def measure(
    paths: PathsArgument = None,
    cases: CasesOption = None,
    role: RolesOption = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="MEASURE", help="Only this measure; may be repeated.")
    ] = None,
    gland: Annotated[
        Path | None, typer.Option("--gland", metavar="FILE", help="Mask of the gland, for a single exam or file.")
    ] = None,
    mrqy: Annotated[
        bool, typer.Option("--mrqy", help="MRQy's measures by MRQy's definitions, to compare with published numbers.")
    ] = False,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write one row a measure.")] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="List the measures with unit, formula and source.")
    ] = False,
    study: StudyOption = Path(),
    json: JsonOption = False,
) -> None:
    """Measure image quality from the voxels, of a study's cases, of folders or of single files.

    Measures called `gland_...` are taken inside the mask of the gland; without a mask they have no value. What has
    no value says why and stops nothing else. Dynamic series are measured only with `--role dce`.

    * The study's cases: `quality-finetune quality measure --csv measures.csv`

    * One file: `quality-finetune quality measure t2w.nii.gz --gland gland.nii.gz --only gland_sharpness`

    * What the numbers mean: `quality-finetune quality measure --explain`
    """
    output = Output(json_only=json)
    if explain:
        _explain(output)
        return
    roles = roles_of(role)
    exams = chosen_exams(output, paths, study, cases, role=roles[0] if len(roles) == 1 else None)
    if gland is not None:
        if len(exams) != 1:
            raise UserError(
                ErrorCode.BAD_CONFIG,
                what="The gland's mask was not used.",
                why=f"It belongs to one exam, and {len(exams)} were given.",
                next="Give one exam, or put each mask as gland.nii.gz beside its images.",
            )
        exams = [add_mask(exams[0], gland)]
    done: list[MeasuredExamSeries] = []
    with bars(output) as progress:
        bar = progress.add_task("Measuring", total=len(exams), note="", eta_s=None)
        for number, exam in enumerate(exams, start=1):
            done += measure_exam(
                exam,
                roles=roles or MEASURED,
                only=only,
                compatible=mrqy,
                on_series=partial(_note, progress, bar, exam.name),
            )
            progress.update(bar, completed=number)
    _tell(output, done)
    if csv is not None:
        write_csv(csv, [row for one in done for row in one.rows()], columns=COLUMNS)
        output.say(f"Wrote {csv}.")
    output.document(
        {
            "measures": [
                {
                    "case": one.case,
                    "role": one.role,
                    "series": one.series,
                    "b_value": one.b_value,
                    "values": one.measures.as_json(),
                    "failed": one.failed,
                }
                for one in done
            ]
        }
    )


def _note(progress: Progress, bar: TaskID, exam: str, series: str) -> None:
    progress.update(bar, note=f"{exam}: {series}")


def _tell(output: Output, done: list[MeasuredExamSeries]) -> None:
    if not any(one.failed is None for one in done):
        first = next((one.failed for one in done if one.failed), None)
        raise UserError(
            ErrorCode.MISSING_SERIES,
            what="Nothing was measured.",
            why=f"{first['what']} {first['why']}" if first else "The exams have no series of the wanted roles.",
            next=first["next"] if first else "Choose other exams, or name a role with --role.",
        )
    for one in done:
        if one.failed is not None:
            output.warn(f"{one.case}, {one.series}: {one.failed['what']}", one.failed["why"], one.failed["next"])
            continue
        b_value = "" if one.b_value is None else f", b {one.b_value:g}"
        output.table(
            f"{one.case}: {one.role.value}{b_value} ({one.series})",
            ["Measure", "Value", "Unit", "Better", "Remark"],
            [
                [name, _number(value.value), value.unit, _better(name), value.why]
                for name, value in one.measures.items()
            ],
        )


def _number(value: float) -> str | None:
    return None if value != value else f"{value:.4g}"


def _better(name: str) -> str | None:
    return DEFINITIONS[name].better if name in DEFINITIONS else None


def _explain(output: Output) -> None:
    output.table(
        "Measures",
        ["Measure", "Unit", "Better", "What is computed", "Meant to see", "Source"],
        [[one.name, one.unit, one.better, one.formula, ", ".join(one.sees), one.source] for one in definitions()],
    )
    output.document(
        {
            "measures": [
                {
                    "name": one.name,
                    "unit": one.unit,
                    "better": one.better,
                    "formula": one.formula,
                    "sees": one.sees,
                    "source": one.source,
                }
                for one in definitions()
            ]
        }
    )
