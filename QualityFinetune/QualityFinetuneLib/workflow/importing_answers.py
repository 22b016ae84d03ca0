"""Known answers about exams from a table: one row an exam, one column or more of it a task's answer."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..cases.answers import Reduce, answer_keys, check_numbers, read_cell
from ..cases.tasks import Task
from ..common.errors import ErrorCode, UserError
from ..study.records import Answer, Case, NewAnswer
from ..study.study import Study

MOST_BYTES = 50_000_000
"""Far above any table of exams."""


@dataclass(frozen=True, kw_only=True)
class RowMessage:
    """A row that was left out, and why; `row` counts from 1 with the header as row 1, as a spreadsheet shows it."""

    row: int
    what: str
    why: str
    next: str


@dataclass(frozen=True, kw_only=True)
class AnswersReport:
    """What an import of answers did.

    Attributes:
        added: new answers.
        same: cases whose answer was known like this already.
        empty: rows that say nothing.
        messages: one for each row that was left out.
    """

    task: Task
    added: tuple[Answer, ...]
    same: tuple[Case, ...]
    empty: int
    messages: tuple[RowMessage, ...]


def import_answers(
    study: Study,
    path: Path,
    task: Task,
    *,
    case_column: str,
    columns: Sequence[str],
    reduce: Reduce | None = None,
) -> AnswersReport:
    """Read a CSV table (comma, semicolon or tab; UTF-8) into the study as imported answers.

    Rows that are in order are imported even where others are not; a row is told by its number. An answer that differs
    from an earlier import supersedes it.

    Args:
        study: receives the answers.
        path: the table.
        task: what the answers are to.
        case_column: column that names the case: its name, exam, patient or number in the study.
        columns: column of each of the task's keys, in order (`cases.answers.answer_keys`).
        reduce: which answer counts where a cell holds several, one for each lesion.

    Raises:
        UserError: UNREADABLE_FILE for no table, BAD_CONFIG for a task that has no answers or for wrong columns.
    """
    keys = _checked_keys(task, columns)
    rows = _rows(path, [case_column, *columns])
    by_name = _by_name(study)
    known = {one.case_id: one for one in study.answers.all_current(task.name).values() if one.origin == "imported"}
    new: dict[int, tuple[int, NewAnswer]] = {}
    same: list[Case] = []
    messages: list[RowMessage] = []
    empty = 0
    for number, row in rows:
        try:
            numbers = [read_cell(task, index, row[column], reduce=reduce) for index, column in enumerate(columns)]
            if all(one is None for one in numbers):
                empty += 1
                continue
            check_numbers(task, numbers, whose="the answer")
            case = _case(by_name, row[case_column])
            if case.id in new:
                raise _twice(study, case, new[case.id][0])
        except UserError as error:
            messages.append(RowMessage(row=number, what=error.what, why=error.why, next=error.next))
            continue
        values = dict(zip(keys, numbers, strict=True))
        if case.id in known and known[case.id].values == values:
            same.append(case)
            continue
        source = f"{path.name}, column {' and '.join(columns)}" + (f", {reduce}" if reduce else "")
        new[case.id] = (
            number,
            NewAnswer(
                case_id=case.id, task=task.name, origin="imported", status="accepted", source=source, values=values
            ),
        )
    added = study.answers.add_all([one for _, one in new.values()])
    return AnswersReport(task=task, added=tuple(added), same=tuple(same), empty=empty, messages=tuple(messages))


def _checked_keys(task: Task, columns: Sequence[str]) -> tuple[str, ...]:
    if task.segments:
        raise UserError(
            ErrorCode.BAD_CONFIG,
            what=f"{task.title} has no answers to import.",
            why="Its answer is a mask, which is imported with the images or drawn in Review.",
            next="Choose a task that asks about the whole exam, e.g. pi_rads, isup or prostate_volume.",
        )
    keys = answer_keys(task)
    if len(columns) != len(keys):
        raise UserError(
            ErrorCode.BAD_CONFIG,
            what=f"The answers to {task.title} cannot be imported like this.",
            why=f"It needs {len(keys)} columns, one for each of {', '.join(keys)}; {len(columns)} were named."
            if len(keys) > 1
            else f"It needs one column; {len(columns)} were named.",
            next="Name one column for each, in this order.",
        )
    return keys


def _rows(path: Path, needed: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _unreadable(path, f"It is larger than {MOST_BYTES // 1_000_000} MB, which no table of exams is.")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = "It is not UTF-8 text." if isinstance(error, UnicodeDecodeError) else f"{error.strerror}."
        raise _unreadable(path, why) from error
    first = text.partition("\n")[0]
    if not first.strip() or "\0" in text:
        raise _unreadable(path, "It holds no table.")
    delimiter = max(",;\t", key=first.count)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        header = [name.strip() for name in next(reader)]
        absent = [name for name in needed if name not in header]
        if absent:
            raise UserError(
                ErrorCode.BAD_CONFIG,
                what=f"{path.name} has no column {absent[0]}.",
                why=f"Its columns are {', '.join(header)}.",
                next="Name one of these columns.",
            )
        found = []
        for cells in reader:
            if any(cell.strip() for cell in cells):
                filled = [*cells, *[""] * (len(header) - len(cells))]
                found.append((reader.line_num, dict(zip(header, filled, strict=False))))
    except csv.Error as error:
        raise _unreadable(path, f"{error}.") from error
    return found


def _by_name(study: Study) -> dict[str, list[Case]]:
    """Cases by everything that a table may call them."""
    found: dict[str, list[Case]] = defaultdict(list)
    cases = study.cases.all()
    exams_of = Counter(case.patient for case in cases)
    for case in cases:
        names = {case.name, case.exam, study.display_name(case), f"Case {case.id:04d}", str(case.id)}
        if exams_of[case.patient] == 1:
            names.add(case.patient)
        for name in {name.casefold() for name in names}:
            found[name].append(case)
    return found


def _case(by_name: dict[str, list[Case]], name: str) -> Case:
    found = by_name.get(name.strip().casefold(), [])
    if len(found) == 1:
        return found[0]
    raise UserError(
        ErrorCode.NOT_FOUND,
        what=f"“{name.strip()}” is not a case of this study.",
        why="Several cases go by this name." if found else "No case has this name, exam, patient or number.",
        next="Import the exam first, or correct the name in the table.",
    )


def _twice(study: Study, case: Case, row: int) -> UserError:
    return UserError(
        ErrorCode.CONFLICT,
        what=f"{study.display_name(case)} has a second row.",
        why=f"Row {row} told its answer already.",
        next="Keep one row for each exam.",
    )


def _unreadable(path: Path, why: str) -> UserError:
    return UserError(
        ErrorCode.UNREADABLE_FILE,
        what=f"{path.name} could not be read as a table.",
        why=why[0].upper() + why[1:],
        next="Save it as CSV in UTF-8.",
    )
