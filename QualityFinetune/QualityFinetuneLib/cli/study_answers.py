"""`study answers`: import what is known about whole exams from a table."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from ..cases.answers import numbers_of, words
from ..cases.tasks import Task
from ..study.records import Answer
from ..study.study import Study
from ..workflow.importing_answers import AnswersReport, import_answers
from ..workflow.known_answers import known_answers
from ..workflow.tasks import task_of
from .options import JsonOption, StudyOption
from .output import Output


class ReduceBy(Enum):
    """Which answer counts where a cell holds several; the same words as in `cases.answers`."""

    MAX = "max"
    MIN = "min"
    MEAN = "mean"


def answers(
    table: Annotated[
        Path | None, typer.Argument(help="CSV file, one row an exam; shows what is known when left out.")
    ] = None,
    task: Annotated[
        str, typer.Option(help="pi_rads, isup, prostate_volume, or the path of a task file.")
    ] = "pi_rads",
    case_column: Annotated[
        str, typer.Option("--case-column", help="Column with the case's name, exam, patient or number.")
    ] = "case",
    column: Annotated[
        list[str] | None,
        typer.Option("--column", help="Column with the answer; repeat it for a task that asks several."),
    ] = None,
    reduce: Annotated[
        ReduceBy | None, typer.Option(help="Which counts where a cell holds several lesions, as in `4,2`.")
    ] = None,
    study: StudyOption = Path(),
    json: JsonOption = False,
) -> None:
    """Import known answers about exams, such as PI-RADS or ISUP, from a table; or show those there are.

    Rows that cannot be used are told one by one and left out. An answer that changed supersedes the one before.

    * `quality-finetune study answers labels.csv --task pi_rads --column PIRADS --reduce max`

    * `quality-finetune study answers --task prostate_volume`
    """
    output = Output(json_only=json)
    with Study.open(study) as opened:
        chosen = task_of(opened, task)
        report = None
        if table is not None:
            report = import_answers(
                opened,
                table,
                chosen,
                case_column=case_column,
                columns=column or [chosen.name],
                reduce=reduce.value if reduce is not None else None,
            )
            _tell(report, output)
        known = known_answers(opened, chosen)
        rows = [
            [opened.display_name(opened.cases.get(case_id)), words(chosen, one.numbers), one.source]
            for case_id, one in known.items()
        ]
        output.table(f"{chosen.title}: known of {len(rows)} cases", ["Case", "Answer", "From"], rows)
        output.document(
            {
                "task": chosen.name,
                "added": [] if report is None else [_plain(opened, chosen, answer) for answer in report.added],
                "same": [] if report is None else [case.id for case in report.same],
                "empty": 0 if report is None else report.empty,
                "messages": [] if report is None else report.messages,
                "known": [
                    {
                        "case": one.case_id,
                        "numbers": one.numbers,
                        "answer": words(chosen, one.numbers),
                        "from": one.source,
                    }
                    for one in known.values()
                ],
            }
        )
    if report is not None and report.messages and not report.added and not report.same:
        raise typer.Exit(1)


def _tell(report: AnswersReport, output: Output) -> None:
    for message in report.messages:
        output.warn(f"Row {message.row} was left out: {message.what}", message.why, message.next)
    output.say(
        f"{len(report.added)} answers were added, {len(report.same)} were known already, {report.empty} rows say "
        f"nothing, {len(report.messages)} rows were left out."
    )


def _plain(study: Study, task: Task, answer: Answer) -> dict[str, object]:
    return {
        "case": answer.case_id,
        "name": study.display_name(study.cases.get(answer.case_id)),
        "answer": words(task, numbers_of(task, answer.values)),
        "supersedes": answer.supersedes,
    }
