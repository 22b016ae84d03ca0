"""Measures that `quality measure --csv` wrote, brought back to the cases of a study."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..common.errors import ErrorCode, UserError
from ..quality.structured_report.content import Number
from ..study.blinding import label_of
from ..study.study import Study
from .measuring import COLUMNS

SEVERAL_VOLUMES = "dwi"
"""The role with one volume for each b-value, so that its measures are told apart by it."""


@dataclass(frozen=True, kw_only=True)
class MeasuredCases:
    """Measures of the cases of a study.

    Attributes:
        numbers: by case id and name, e.g. `t2w.snr`, `dwi.b800.snr`; what has no value is absent.
        unknown: cases of the file that the study does not hold.
    """

    numbers: Mapping[int, Mapping[str, Number]]
    unknown: tuple[str, ...]

    @property
    def values(self) -> dict[int, dict[str, float | None]]:
        """The plain values."""
        return {case: {name: one.value for name, one in of.items()} for case, of in self.numbers.items()}


def read_measures(study: Study, path: Path) -> MeasuredCases:
    """Read a table of measures; where a case has several series of a role, the first one counts.

    Raises:
        UserError: UNREADABLE_FILE when it cannot be read or is no such table, NOT_FOUND when none of its cases is in
            the study.
    """
    known: dict[str, int] = {}
    for case in study.cases.all():
        for name in (case.name, label_of(case, blinded=True), label_of(case, blinded=False)):
            known.setdefault(name.casefold(), case.id)
    numbers: dict[int, dict[str, Number]] = {}
    unknown: dict[str, None] = {}
    for row in _rows(path):
        case_id = known.get(row["case"].casefold())
        if case_id is None:
            unknown[row["case"]] = None
        elif (number := _number(row)) is not None:
            numbers.setdefault(case_id, {}).setdefault(_name(row), number)
    if unknown and not numbers:
        raise UserError(
            ErrorCode.NOT_FOUND,
            what=f"The measures in {path.name} were not used.",
            why=f"The study holds none of its cases, e.g. {next(iter(unknown))}.",
            next="Measure the cases of this study: quality-finetune quality measure --csv FILE.",
        )
    return MeasuredCases(numbers=numbers, unknown=tuple(unknown))


def _rows(path: Path) -> Iterable[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
            missing = set(COLUMNS) - set(reader.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _unreadable(path, f"{error}.") from error
    if missing:
        raise _unreadable(path, f"It has no column {', '.join(sorted(missing))}.")
    return rows


def _number(row: dict[str, str]) -> Number | None:
    try:
        value = float(row["value"])
    except ValueError:
        return None  # no value: the table says why
    return Number(value=value, unit=row["unit"] or "1") if math.isfinite(value) else None


def _name(row: dict[str, str]) -> str:
    volume = f".b{float(row['b_value']):g}" if row["role"] == SEVERAL_VOLUMES and row["b_value"] else ""
    return f"{row['role']}{volume}.{row['measure']}"


def _unreadable(path: Path, why: str) -> UserError:
    return UserError(
        ErrorCode.UNREADABLE_FILE,
        what=f"{path.name} could not be read as a table of measures.",
        why=why,
        next="Write one with: quality-finetune quality measure --csv FILE.",
    )
