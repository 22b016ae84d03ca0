"""`quality readings`: every reading of a case, superseded ones too, in the words of the form of then."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..common.errors import UserError
from ..study.records import Reading
from ..study.study import Study
from ..workflow.old_readings import answers_shown
from .options import JsonOption, StudyOption, find_case
from .output import Output


def readings(
    case: Annotated[str, typer.Argument(help="Case by name or number.")],
    study: StudyOption = Path(),
    json: JsonOption = False,
) -> None:
    """Show the readings of a case, each with the labels that its reader saw.

    The study keeps a copy of each form version that it was read with (`forms/` in its folder), so a later change of
    the form changes no earlier reading.

    Example: `quality-finetune quality readings "Case 0001"`
    """
    output = Output(json_only=json)
    with Study.open(study) as opened:
        chosen = find_case(opened, case)
        names = {one.id: one.name for one in opened.readers.all()}
        found = opened.readings.history(chosen.id)
        superseded = {one.supersedes for one in found}
        document = [_shown(opened, output, one, names[one.reader_id], one.id in superseded) for one in found]
        if not found:
            output.say(f"Nobody has read {opened.display_name(chosen)} yet.")
        output.document({"case": opened.display_name(chosen), "readings": document})


def _shown(study: Study, output: Output, reading: Reading, reader: str, superseded: bool) -> dict[str, object]:
    about = {
        "reading": reading.id,
        "reader": reader,
        "form": reading.form,
        "form_version": reading.form_version,
        "finished": reading.finished,
        "repeat": reading.repeat,
        "superseded": superseded,
        "exam_score": reading.exam_score,
    }
    title = f"{reader}, {reading.form} {reading.form_version}, {reading.finished:%Y-%m-%d %H:%M}"
    title += f", repeat {reading.repeat}" if reading.repeat else ""
    title += ", superseded" if superseded else ""
    try:
        answers = answers_shown(study, reading)
    except UserError as error:
        output.warn(error.what, error.why, error.next)
        output.table(title, ["Item", "Answer"], [[name, value] for name, value in reading.values.items()])
        return {**about, "answers": None, "values": reading.values, "problem": error.as_dict()}
    output.table(title, ["Item", "Question", "Answer"], [[one.id, one.label, one.answer] for one in answers])
    return {**about, "answers": answers, "values": reading.values, "problem": None}
