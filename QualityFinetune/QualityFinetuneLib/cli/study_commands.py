"""`study`: create one, import exams, list what is in it, export tables, verify files."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from ..common.errors import ErrorCode, UserError
from ..quality.form import load_form
from ..quality.rule import QualityRule
from ..study.export import export_masks, export_tables
from ..study.quality import strata
from ..study.settings import StudySettings
from ..study.study import Study
from ..workflow.importing import import_folder
from . import study_answers
from .options import JsonOption, StudyOption
from .output import Output
from .quality_measured import MeasuresOption, measured
from .running import bars

app = typer.Typer(no_args_is_help=True, help="Create a study, import exams, list, export and verify what it holds.")


class ProtocolName(Enum):
    """Which sequences the exams are expected to have."""

    BPMRI = "bpmri"
    MPMRI = "mpmri"


@app.command()
def create(
    folder: Annotated[Path, typer.Argument(help="Folder of the new study; made when absent.")],
    name: Annotated[str | None, typer.Option(help="Name of the study; the folder's name when left out.")] = None,
    form: Annotated[str, typer.Option(help="Rating form: a packaged one, or a YAML file.")] = "pi-qual-v2",
    protocol: Annotated[ProtocolName, typer.Option(help="Without or with contrast series.")] = ProtocolName.BPMRI,
    threshold: Annotated[int, typer.Option(help="Exam score from which a case counts as high quality.")] = 2,
    blinded: Annotated[bool, typer.Option(help="Neutral case names; no identity in exports.")] = True,
    engine_python: Annotated[
        Path | None,
        typer.Option(help="Python that runs the engine, if not the present one."),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1 or mps.")] = "auto",
    json: JsonOption = False,
) -> None:
    """Create a study: a folder with its database.

    Example: `quality-finetune study create pilot --name "Pilot" --threshold 3`
    """
    output = Output(json_only=json)
    rule = QualityRule(form=load_form(form).name, threshold=threshold)
    rule.check(load_form(form), protocol.value)
    settings = StudySettings(
        form=form,
        protocol=protocol.value,
        quality_rule=rule,
        blinded=blinded,
        engine_python=engine_python,
        device=device,
    )
    with Study.create(folder, name=name or folder.resolve().name, settings=settings) as study:
        output.say(f"Created the study {study.name} in {study.folder}.")
        output.say(rule.describe(load_form(form)))
        output.say(f"Next: quality-finetune study import EXAMS --study {folder}")
        output.document({"study": study.name, "folder": study.folder, "settings": settings})


@app.command("import")
def import_(
    folder: Annotated[Path, typer.Argument(help="DICOM files, or NIfTI, NRRD or MHA files, in any sub-folders.")],
    prefer: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Part of a mask's name that counts where an exam has several of one task; may be repeated.",
        ),
    ] = None,
    study: StudyOption = Path(),
    json: JsonOption = False,
) -> None:
    """Import every exam of a folder, with the masks that lie beside the images.

    Each exam is imported wholly or not at all; what is left out is told file by file. Importing the same folder
    again adds only what is new.

    * All of a folder: `quality-finetune study import exams/ --study pilot`

    * Choose between masks: `quality-finetune study import exams/ --prefer bosma22b`
    """
    output = Output(json_only=json)
    with Study.open(study) as opened, bars(output) as progress:
        bar = progress.add_task("Importing", total=None, note="reading headers", eta_s=None)
        report = import_folder(
            opened,
            folder,
            prefer=prefer or (),
            progress=lambda done, total: progress.update(bar, completed=done, total=total, note=""),
        )
        names = {case.id: opened.display_name(case) for case in (*report.added, *report.already)}
    for message in report.messages:
        output.warn(f"{message.path.name or message.path}: {message.what}", message.why, message.next)
    if not report.added and not report.already:
        raise UserError(
            ErrorCode.NOT_AN_EXAM,
            what="No exam was imported.",
            why=f"{folder} holds none that could be read.",
            next="Check the messages above, or choose another folder.",
        )
    output.say(
        f"Imported {len(report.added)} exams with {report.masks} masks; "
        f"{len(report.already)} were there already; {len(report.errors)} things were left out."
    )
    output.document(
        {
            "added": [{"id": case.id, "name": names[case.id]} for case in report.added],
            "already": [{"id": case.id, "name": names[case.id]} for case in report.already],
            "masks": report.masks,
            "messages": report.messages,
        }
    )


app.command("answers")(study_answers.answers)


@app.command("list")
def list_(
    study: StudyOption = Path(),
    runs: Annotated[bool, typer.Option("--runs", help="List the runs instead of the cases.")] = False,
    json: JsonOption = False,
) -> None:
    """List the cases with their series, quality and masks, or the runs.

    Example: `quality-finetune study list --json | jq '.cases[].name'`
    """
    output = Output(json_only=json)
    with Study.open(study) as opened:
        document = _runs(opened, output) if runs else _cases(opened, output)
    output.document(document)


@app.command()
def export(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder for the tables; the study's `exports/` if left out.")
    ] = None,
    study: StudyOption = Path(),
    masks: Annotated[
        bool,
        typer.Option("--masks", help="Also copy imported and reviewed masks."),
    ] = False,
    measures: MeasuresOption = None,
    json: JsonOption = False,
) -> None:
    """Export cases, readings, annotations and runs as CSV tables; neutral names only where the study is blinded.

    Example: `quality-finetune study export tables/ --masks`
    """
    output = Output(json_only=json)
    with Study.open(study) as opened:
        target = folder or opened.paths.exports / "tables"
        written = export_tables(opened, target, measures=measured(output, opened, measures).values)
        if masks:
            written += export_masks(opened, target / "masks", "nrrd", drafts=False)
    output.say(f"Wrote {len(written)} files into {target}.")
    output.document({"files": written})


@app.command()
def verify(study: StudyOption = Path(), json: JsonOption = False) -> None:
    """Compare every record with its file and hash; exit code 1 when something is missing or changed.

    Example: `quality-finetune study verify --study pilot`
    """
    output = Output(json_only=json)
    with Study.open(study) as opened:
        problems = opened.verify()
    for problem in problems:
        output.say(f"{problem.kind}: {problem.what} ({problem.record})")
    output.say("Everything is as recorded." if not problems else f"{len(problems)} problems found.")
    output.document({"problems": problems})
    if any(problem.kind != "orphan" for problem in problems):
        raise typer.Exit(1)


def _cases(study: Study, output: Output) -> dict[str, object]:
    quality = strata(study)
    masks: dict[int, set[str]] = {}
    for annotation in study.annotations.all():
        masks.setdefault(annotation.case_id, set()).add(annotation.task)
    rows: list[dict[str, Any]] = []
    for case in study.cases.all():
        series = study.cases.series(case.id)
        rows.append(
            {
                "id": case.id,
                "name": study.display_name(case),
                "series": [one.role.value for one in series],
                "quality": quality[case.id],
                "masks": sorted(masks.get(case.id, ())),
                "simulated": case.simulated,
            }
        )
    output.table(
        f"{study.name}: {len(rows)} cases",
        ["Case", "Name", "Series", "Quality", "Masks"],
        [
            [r["id"], r["name"], ", ".join(r["series"]), r["quality"] or "not rated", ", ".join(r["masks"]) or None]
            for r in rows
        ],
    )
    return {"study": study.name, "cases": rows, "splits": [split.name for split in study.splits.all()]}


def _runs(study: Study, output: Output) -> dict[str, object]:
    rows = [
        {"id": run.id, "kind": run.kind, "status": run.status, "title": run.title, "created": run.created}
        for run in study.runs.all()
    ]
    output.table(
        f"{study.name}: {len(rows)} runs",
        ["Run", "Kind", "Status", "Title"],
        [[r["id"], r["kind"], r["status"], r["title"]] for r in rows],
    )
    return {"study": study.name, "runs": rows}
