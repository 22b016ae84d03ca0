"""`rate`: fill in the quality form for one case and see the score with its reasons."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import yaml

from ..common.errors import ErrorCode, UserError
from ..quality.form import Form
from ..study.study import Study
from ..workflow.rating import Rater
from ..workflow.unsaved_form import Answer
from .options import JsonOption, StudyOption, find_case
from .output import Output

_YES = {"yes", "y", "true", "on"}
_NO = {"no", "n", "false", "off"}


def rate(
    case: Annotated[str, typer.Argument(help="Case by name or number.")],
    reader: Annotated[str, typer.Option("--reader", "-r", help="Who rates.")],
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="ITEM=VALUE", help="Answer one item; may be repeated.")
    ] = None,
    from_yaml: Annotated[Path | None, typer.Option(help="YAML file with `item: value` lines.")] = None,
    repeat: Annotated[
        int,
        typer.Option("--repeat", min=0, metavar="N", help="This is your N-th repeat of the case, read blind again."),
    ] = 0,
    show: Annotated[bool, typer.Option("--show", help="Show items, answers and score; save nothing.")] = False,
    study: StudyOption = Path(),
    json: JsonOption = False,
) -> None:
    """Rate the image quality of one case with the study's form.

    Technical items are answered from the image headers where these tell; your answers overrule them. A reading is
    saved only when it is complete; it supersedes your earlier one, which is kept. A repeat supersedes nothing and no
    score counts it: it measures how far you agree with yourself.

    * See the items: `quality-finetune rate "Case 0001" --reader "Reader A" --show`

    * Answer them: `quality-finetune rate "Case 0001" -r "Reader A" --set t2w_snr=yes --set t2w_artefacts=no ...`
    """
    output = Output(json_only=json)
    with Study.open(study) as opened:
        chosen = find_case(opened, case)
        rater = Rater(opened, opened.readers.ensure(reader), chosen, repeat=repeat)
        for item, value in {**answers_in_file(from_yaml), **answers_given(set_ or [], rater.form)}.items():
            rater.set(item, value)
        reading = None if show else rater.save()
        score = rater.score
        if show:
            output.table(
                f"{rater.form.title}: {opened.display_name(chosen)}",
                ["Item", "Question", "Answer", "Found in headers", "Allowed"],
                [
                    [
                        item.id,
                        item.label,
                        "open" if rater.values.get(item.id) is None else item.shown(rater.values[item.id] or 0),
                        rater.findings[item.id].found if item.id in rater.findings else None,
                        ", ".join(item.shown(value) for value in item.allowed),
                    ]
                    for item in rater.form.items(rater.protocol)
                ],
            )
        for reason in score.reasons:
            output.say(reason)
        output.say(f"Exam score: {'open' if score.exam is None else score.exam}")
        output.document(
            {
                "case": opened.display_name(chosen),
                "saved": reading is not None,
                "reading": reading.id if reading else None,
                "exam_score": score.exam,
                "scores": dict(score.scores),
                "reasons": score.reasons,
                "missing": score.missing,
                "values": rater.values,
                "quality": opened.settings.quality_rule.stratum(score),
            }
        )


def answers_given(texts: list[str], form: Form) -> dict[str, Answer]:
    """Answers written as `item=value`.

    Raises:
        UserError: BAD_READING for what is no answer.
    """
    answers: dict[str, Answer] = {}
    for text in texts:
        item, separator, value = text.partition("=")
        if not separator:
            raise UserError(
                ErrorCode.BAD_READING,
                what=f"--set {text} is not understood.",
                why="It names no value.",
                next="Write it as --set item=value, e.g. --set t2w_snr=yes.",
            )
        answers[item.strip()] = _answer(value.strip(), yes_or_no=_is_yes_or_no(form, item.strip()))
    return answers


def _is_yes_or_no(form: Form, item: str) -> bool:
    return any(one.id == item and one.kind == "bool" for one in form.items())


def _answer(text: str, *, yes_or_no: bool) -> Answer:
    word = text.casefold()
    if word in _YES or (yes_or_no and word == "1"):
        return True
    if word in _NO or (yes_or_no and word == "0"):
        return False
    try:
        return int(word)
    except ValueError as error:
        raise UserError(
            ErrorCode.BAD_READING,
            what=f"{text} is not an answer.",
            why="Answers are yes, no or a whole number.",
            next="See what each item allows with --show.",
        ) from error


def answers_in_file(path: Path | None) -> dict[str, Answer]:
    """Answers of a YAML file with one `item: value` a line; none without a file.

    Raises:
        UserError: UNREADABLE_FILE, or BAD_READING for what holds no answers.
    """
    if path is None:
        return {}
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(
            ErrorCode.UNREADABLE_FILE,
            what=f"{path} could not be read as YAML.",
            why=f"{error}.".replace("\n", " "),
            next="Write one line for each item, e.g. t2w_snr: true.",
        ) from error
    if not isinstance(data, dict) or not all(isinstance(v, bool | int | None) for v in data.values()):
        raise UserError(
            ErrorCode.BAD_READING,
            what=f"{path} holds no answers.",
            why="It must hold one line for each item, with true, false or a whole number.",
            next="Write it as, for example, t2w_snr: true.",
        )
    return {str(item): value for item, value in data.items()}
