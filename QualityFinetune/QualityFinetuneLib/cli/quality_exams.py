"""What the commands on exams share: cases of a study, or whatever lies at the given paths."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ..cases.roles import Role
from ..common.errors import ErrorCode, UserError
from ..study.study import Study
from ..workflow.exams import Exam, exam_of_case, exams_at
from .options import find_cases
from .output import Output

PathsArgument = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[PATH]...", help="Folders with exams, or volume files; the study when left out."),
]
CasesOption = Annotated[
    list[str] | None, typer.Option("--case", "-c", help="Only this case of the study; may be repeated.")
]
RolesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--role", help="Only series of this role, e.g. t2w, adc; may be repeated. Names the role of a file."
    ),
]


def chosen_exams(
    output: Output,
    paths: Sequence[Path] | None,
    study: Path,
    cases: Sequence[str] | None = None,
    role: Role | None = None,
) -> list[Exam]:
    """The exams at the paths, or of the study where no path is given.

    Raises:
        UserError: BAD_CONFIG when paths and cases of a study are both given; NOT_FOUND when the study has no case.
    """
    if paths and cases:
        raise UserError(
            ErrorCode.BAD_CONFIG,
            what="It is not clear which exams are meant.",
            why="--case names cases of a study, and paths of files were given too.",
            next="Give either paths, or --study with --case.",
        )
    if paths:
        exams = []
        for path in paths:
            found, messages = exams_at(path, role=role)
            exams += found
            for one in messages:
                output.warn(f"{one.path.name or one.path}: {one.what}", one.why, one.next)
        return exams
    with Study.open(study) as opened:
        chosen = find_cases(opened, cases) if cases else opened.cases.all()
        if not chosen:
            raise UserError(
                ErrorCode.NOT_FOUND,
                what="There is no exam to look at.",
                why="The study holds no case.",
                next="Import exams with: quality-finetune study import FOLDER.",
            )
        return [exam_of_case(opened, one) for one in chosen]


def roles_of(names: Sequence[str] | None) -> list[Role]:
    """Roles by name; empty when none was named.

    Raises:
        UserError: BAD_CONFIG naming the roles that there are.
    """
    known = {one.value: one for one in Role}
    for name in names or ():
        if name.casefold() not in known:
            raise UserError(
                ErrorCode.BAD_CONFIG,
                what=f"There is no role {name}.",
                why=f"These are the roles of series: {', '.join(known)}.",
                next="Name one of them.",
            )
    return [known[name.casefold()] for name in names or ()]
