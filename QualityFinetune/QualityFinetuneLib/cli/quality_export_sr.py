"""`quality export-sr`: readings and adjudications as DICOM Structured Reports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..study.study import Study
from ..workflow.structured_reports import export_reports
from .options import JsonOption, StudyOption
from .output import Output
from .quality_measured import MeasuresOption, measured
from .running import bars


def export_sr(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder for the reports; the study's `exports/reports` if left out.")
    ] = None,
    dicom: Annotated[
        Path | None,
        typer.Option("--dicom", metavar="FOLDER", help="Original DICOM files to refer to; needs --unblinded."),
    ] = None,
    unblinded: Annotated[bool, typer.Option("--unblinded", help="With patient key, exam and images.")] = False,
    measures: MeasuresOption = None,
    study: StudyOption = Path(),
    json: JsonOption = False,
) -> None:
    """Write one DICOM SR (TID 1500) for each reading, repeat and adjudication that stands.

    Items are qualitative evaluations, scores are measurements, in the coding scheme 99QUALFT. A blinded report names
    no patient and refers to no image.

    Example: `quality-finetune quality export-sr reports/ --unblinded --dicom originals/`
    """
    output = Output(json_only=json)
    with Study.open(study) as opened, bars(output) as progress:
        target = folder or opened.paths.exports / "reports"
        hide = opened.settings.blinded and not unblinded
        bar = progress.add_task("Reading headers", total=None, note="", eta_s=None)
        written = export_reports(
            opened,
            target,
            dicom=dicom,
            blinded=hide,
            measures=measured(output, opened, measures).numbers,
            progress=lambda done, total: progress.update(bar, completed=done, total=total, note=""),
        )
    if hide and dicom is not None:
        output.warn(
            "The reports refer to no image.",
            "They are blinded, and an image's number leads to the patient.",
            "Add --unblinded to refer to the images.",
        )
    elif dicom is not None and (bare := sorted({one.case for one in written if not one.images})):
        output.warn(
            f"The reports of {', '.join(bare)} refer to no image.",
            f"{dicom} holds no MR image of these exams, or they were not imported from DICOM.",
            "Name the folder that they were imported from.",
        )
    output.say(f"Wrote {len(written)} reports into {target}.")
    output.document({"reports": written})
