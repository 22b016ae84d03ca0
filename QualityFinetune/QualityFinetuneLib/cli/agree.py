"""`agreement`: how far two readers agree about the quality of the same cases."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..common.errors import ErrorCode, UserError
from ..quality.agreement.ratings import Rating
from ..quality.agreement.two import Agreement
from ..quality.agreement.two import agreement as agreement_of
from ..quality.consistency import EXAM
from ..study.records import Reader
from ..study.study import Study
from ..workflow.agreement import Subject, comparable, subjects
from .options import JsonOption, StudyOption
from .output import Output
from .quality_agreement import interval


def agreement(
    readers: Annotated[list[str] | None, typer.Argument(help="Two readers, if there are more than two.")] = None,
    study: StudyOption = Path(),
    json: JsonOption = False,
) -> None:
    """Agreement of two readers on the exam score and on high against low quality.

    Percent agreement, Cohen's kappa (unweighted, linear, quadratic) and Gwet's AC1 with 95 % intervals, over the
    cases that both have rated. `quality-finetune quality agreement` tells more: every item, more readers, repeats.

    Example: `quality-finetune agreement "Reader A" "Reader B"`
    """
    output = Output(json_only=json)
    with Study.open(study) as opened:
        first, second = _two(opened, readers or [])
        by_id = {subject.id: subject for subject in subjects(opened) if subject.kind != "item"}
        exam, high = (_of_two(opened, by_id[name], first, second) for name in (EXAM, "quality"))
    for title, result in (("Exam score", exam), ("High against low quality", high)):
        output.table(
            f"{title}: {first.name} and {second.name}, {result.n} cases rated by both",
            ["Statistic", "Value", "95 % interval", "Remark"],
            [
                [label, getattr(result, name).value, interval(getattr(result, name)), getattr(result, name).reason]
                for label, name in (
                    ("Percent agreement", "observed"),
                    ("Cohen's kappa", "kappa"),
                    ("linearly weighted", "kappa_linear"),
                    ("quadratically weighted", "kappa_quadratic"),
                    ("Gwet's AC1", "ac1"),
                )
            ],
        )
    output.document({"readers": [first.name, second.name], "exam_score": exam, "high_or_low": high})


def _two(study: Study, names: list[str]) -> list[Reader]:
    known = study.readers.all()
    chosen = [reader for name in names for reader in known if reader.name.casefold() == name.casefold()]
    if not names and len(known) == 2:
        return known
    if len(names) != 2 or len(chosen) != 2:
        raise UserError(
            ErrorCode.NOT_FOUND,
            what="Agreement needs two readers.",
            why=f"The study has these readers: {', '.join(reader.name for reader in known) or 'none'}.",
            next='Name two of them, e.g. quality-finetune agreement "Reader A" "Reader B".',
        )
    return chosen


def _of_two(study: Study, subject: Subject, first: Reader, second: Reader) -> Agreement:
    given: dict[int, dict[int, Rating]] = {first.id: {}, second.id: {}}
    for reading in comparable(study):
        if reading.reader_id in given:
            given[reading.reader_id][reading.case_id] = subject.of(reading)
    cases = sorted({case_id for of_reader in given.values() for case_id in of_reader})
    pairs = [(given[first.id].get(case_id), given[second.id].get(case_id)) for case_id in cases]
    return agreement_of(pairs, categories=subject.scale)
