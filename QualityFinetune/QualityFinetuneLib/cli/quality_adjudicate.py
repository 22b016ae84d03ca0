"""`quality adjudicate`: list the cases that readers disagree about, or decide one."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from ..common.errors import ErrorCode, UserError
from ..quality.form import Form, load_form
from ..study.study import Study
from ..workflow.adjudicating import Disagreement, disagreements
from ..workflow.adjudicating import adjudicate as decide
from ..workflow.unsaved_form import Answer
from .options import JsonOption, StudyOption, find_case
from .output import Output
from .rate import answers_given, answers_in_file


class About(Enum):
    """What must differ for a case to be listed."""

    QUALITY = "quality"
    EXAM_SCORE = "exam_score"
    ANY = "any"


def adjudicate(
    case: Annotated[
        str | None, typer.Argument(help="Case by name or number; lists the open ones when left out.")
    ] = None,
    reader: Annotated[str | None, typer.Option("--reader", "-r", help="Who decides.")] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="ITEM=VALUE", help="Decide one item; may be repeated.")
    ] = None,
    from_yaml: Annotated[Path | None, typer.Option(help="YAML file with `item: value` lines.")] = None,
    note: Annotated[str, typer.Option(help="The decision in words; no patient's name.")] = "",
    about: Annotated[About, typer.Option(help="What must differ for a case to be listed.")] = About.EXAM_SCORE,
    study: StudyOption = Path(),
    json: JsonOption = False,
) -> None:
    """List the cases that readers disagree about, or decide one of them.

    A decision settles the readings of the case and is a record of its own: the readings stay as they are, and the
    decided score counts from then on. Answers on which the readers agree stand; decide the others with --set.

    * What is open: `quality-finetune quality adjudicate`

    * Decide: `quality-finetune quality adjudicate "Case 0003" -r "Reader C" --set t2w_snr=no --note "Noisy apex."`
    """
    output = Output(json_only=json)
    with Study.open(study) as opened:
        if case is None:
            _list(output, opened, about)
            return
        if reader is None:
            raise UserError(
                ErrorCode.BAD_READING,
                what="The decision was not saved.",
                why="It is not known who decides.",
                next='Name yourself, e.g. --reader "Reader C".',
            )
        chosen = find_case(opened, case)
        given = {**answers_in_file(from_yaml), **answers_given(set_ or [], load_form(opened.settings.form))}
        saved = decide(opened, chosen, opened.readers.ensure(reader), given, note=note)
        name = opened.display_name(chosen)
    output.say(
        f"Saved the adjudication of {name}: exam score {saved.exam_score}; it settles {len(saved.settles)} readings."
    )
    output.document({"case": name, "adjudication": saved})


def _list(output: Output, study: Study, about: About) -> None:
    found = disagreements(study, about=about.value)
    form = load_form(study.settings.form)
    readers = {reader.id: reader.name for reader in study.readers.all()}
    names = {case.id: study.display_name(case) for case in study.cases.all()}
    output.table(
        f"{len(found)} cases to decide",
        ["Case", "Exam scores", "Items that differ"],
        [
            [
                names[one.case_id],
                ", ".join(
                    f"{readers[who]}: {'open' if score is None else score}" for who, score in one.exam_scores.items()
                ),
                "\n".join(_shown(form, one, readers)) or None,
            ]
            for one in found
        ],
    )
    output.document({"open": [_plain(one, names, readers) for one in found]})


def _shown(form: Form, one: Disagreement, readers: dict[int, str]) -> list[str]:
    lines = []
    for item, given in one.differs.items():
        if item in form.by_id:
            answers = ", ".join(f"{readers[who]}: {_word(form, item, value)}" for who, value in given.items())
            lines.append(f"{form.item(item).label} ({item}) - {answers}")
    return lines


def _word(form: Form, item: str, value: Answer) -> str:
    return "open" if value is None else form.item(item).shown(value)


def _plain(one: Disagreement, names: dict[int, str], readers: dict[int, str]) -> dict[str, Any]:
    def by_name(given: dict[int, Any]) -> dict[str, Any]:
        return {readers[who]: value for who, value in given.items()}

    return {
        "case": names[one.case_id],
        "readings": one.readings,
        "exam_scores": by_name(one.exam_scores),
        "differs": {name: by_name(given) for name, given in one.differs.items()},
        "span": one.span,
    }
