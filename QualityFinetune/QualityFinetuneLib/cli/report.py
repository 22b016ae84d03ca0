"""`report`: everything the study found, in one HTML file that needs nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..experiments.report import write_report
from ..study.study import Study
from .options import JsonOption, StudyOption
from .output import Output
from .pictures import overlay_pictures


def report(
    out: Annotated[Path | None, typer.Option(help="HTML file; `exports/report.html` if left out.")] = None,
    pictures: Annotated[bool, typer.Option(help="Render overlay pictures (needs slicer-core or Slicer).")] = True,
    unblinded: Annotated[bool, typer.Option("--unblinded", help="Show the real case names.")] = False,
    study: StudyOption = Path(),
    json: JsonOption = False,
) -> None:
    """Write one self-contained HTML report: quality, who was trained on, results by quality, overlays, provenance.

    Example: `quality-finetune report --out pilot.html`
    """
    output = Output(json_only=json)
    with Study.open(study) as opened:
        path = out or opened.paths.exports / "report.html"
        shown = overlay_pictures(opened, path.parent / "pictures", output=output) if pictures else {}
        write_report(opened, path, pictures=shown, blinded=not unblinded)
    output.say(f"Wrote {path}.")
    output.document({"report": path, "pictures": [p for found in shown.values() for p in found]})
