"""The option `--measures`: a table that `quality measure --csv` wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..study.study import Study
from ..workflow.measured_cases import MeasuredCases, read_measures
from .output import Output

MeasuresOption = Annotated[
    Path | None,
    typer.Option("--measures", metavar="FILE.csv", help="With the table that `quality measure --csv` wrote."),
]


def measured(output: Output, study: Study, path: Path | None) -> MeasuredCases:
    """The measures of the study's cases; none without a table. Cases of other studies are told and left out."""
    if path is None:
        return MeasuredCases(numbers={}, unknown=())
    found = read_measures(study, path)
    if found.unknown:
        output.warn(
            f"{len(found.unknown)} cases of {path.name} were left out.",
            f"{study.name} does not hold them, e.g. {found.unknown[0]}.",
            "Nothing has to be done if they belong to another study.",
        )
    return found
