"""Options that several commands share, and how their text becomes studies, cases, models and runs."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from ..common.errors import ErrorCode, UserError
from ..study.records import Case, Model, Run
from ..study.study import Study

StudyOption = Annotated[
    Path,
    typer.Option(
        "--study",
        "-s",
        metavar="FOLDER",
        envvar="QUALITYFINETUNE_STUDY",
        help="Folder of the study; the present folder when left out.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on stdout; text for people goes to stderr.")
]
ThreadsOption = Annotated[
    int | None, typer.Option("--threads", min=1, help="Processor cores the engine may use; it decides when left out.")
]


class Mode(Enum):
    """How to train; the same words as in jobs."""

    FROZEN = "frozen"
    FULL = "full"
    PROBE = "probe"
    PARTIAL = "partial"
    LORA = "lora"
    SCRATCH = "scratch"


def find_cases(study: Study, names: Sequence[str]) -> list[Case]:
    """Cases by name or id, in the given order, each once.

    Raises:
        UserError: NOT_FOUND.
    """
    return list({case.id: case for case in (find_case(study, name) for name in names)}.values())


def find_case(study: Study, name: str) -> Case:
    """A case by its name, its blinded name (`Case 0007`) or its id.

    Raises:
        UserError: NOT_FOUND saying how to list the cases.
    """
    wanted = name.strip()
    for case in study.cases.all():
        if wanted.casefold() in {case.name.casefold(), study.display_name(case).casefold(), str(case.id)}:
            return case
    for case in study.cases.all():
        if wanted.casefold() == f"case {case.id:04d}":
            return case
    raise _not_found("case", wanted, "quality-finetune study list")


def find_model(study: Study, name: str) -> Model | None:
    """A model of the study by name or id; None when the study has none such (it may be a card of the registry)."""
    models = [model for model in study.models.all() if name in (model.name, str(model.id))]
    return models[-1] if models else None


def find_run(study: Study, run_id: int | None, *, kind: str) -> Run:
    """The run with that id, or the newest one of that kind that is done.

    Raises:
        UserError: NOT_FOUND.
    """
    if run_id is not None:
        run = study.runs.get(run_id)
        if run.kind != kind:
            raise UserError(
                ErrorCode.NOT_FOUND,
                what=f"Run {run_id} cannot be used here.",
                why=f"It is a {run.kind} run, and a {kind} run is needed.",
                next="List the runs with: quality-finetune study list --runs.",
            )
        return run
    done = [run for run in study.runs.all(kind=kind) if run.status == "done"]
    if not done:
        raise _not_found("run", f"that is a finished {kind}", f"quality-finetune {kind} --help")
    return done[-1]


def _not_found(what: str, name: str, command: str) -> UserError:
    return UserError(
        ErrorCode.NOT_FOUND,
        what=f"There is no {what} {name}.",
        why="The study does not hold it.",
        next=f"See: {command}.",
    )
