"""An exam's answer in a task's own terms: what it may be, how it is written down, and what a table's cell says.

An answer is written as numbers by key, e.g. `{"grade": 4}` for PI-RADS 4, `{"Volume": 52.0}`. None is not known.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Literal

from ..common.errors import ErrorCode, UserError
from .tasks import Choice, Task

Reduce = Literal["max", "min", "mean"]
REDUCTIONS: tuple[Reduce, ...] = ("max", "min", "mean")
_SEPARATOR = re.compile(r"\s*[,;|/]\s*")
_UNKNOWN = {"", "na", "n/a", "nan", "none", "null", "unknown", "-", "?", "."}


def answer_keys(task: Task) -> tuple[str, ...]:
    """What the numbers of an answer are called, in order."""
    if task.answer == "classes":
        return ("class",)
    if task.answer == "grades":
        return ("grade",)
    if task.answer == "labels":
        return tuple(choice.brief for choice in task.choices)
    return tuple(value.short for value in task.values)


def numbers_of(task: Task, answer: Mapping[str, float | None]) -> tuple[float | None, ...]:
    """A written answer's numbers in the order of `answer_keys`; what it does not tell is None."""
    return tuple(answer.get(key) for key in answer_keys(task))


def answer_of(task: Task, numbers: Sequence[float | None]) -> dict[str, float | None]:
    """The inverse of `numbers_of`."""
    return dict(zip(answer_keys(task), numbers, strict=True))


def check_numbers(task: Task, numbers: Sequence[float | None], *, whose: str) -> None:
    """Refuse what cannot be an answer to the task.

    Args:
        task: says what it may be.
        numbers: in the order of `answer_keys`.
        whose: how messages call it, e.g. `the answer of case-0007`.

    Raises:
        UserError: BAD_VALUES telling what was found and what is allowed.
    """
    keys = answer_keys(task)
    if len(numbers) != len(keys):
        raise _refused(task, whose, f"It has {len(numbers)} numbers, and {len(keys)} are needed ({', '.join(keys)}).")
    for index, number in enumerate(numbers):
        if number is None:
            continue
        why = _why_not(task, index, number)
        if why:
            raise _refused(task, whose, why)


def position_of(task: Task, value: float) -> int:
    """Which choice a value is, counting from 0. Raises ValueError for a value that is none."""
    return [choice.value for choice in task.choices].index(int(value) if value == int(value) else -(10**9))


def read_cell(task: Task, index: int, text: str, *, reduce: Reduce | None) -> float | None:
    """What a table's cell says of the number at `index` of `answer_keys`.

    Numbers, names, short names and further spellings of choices are understood. A cell may hold several, one for
    each lesion, if `reduce` tells which of them counts for the exam.

    Returns:
        None for a cell that says nothing.

    Raises:
        UserError: BAD_VALUES for what is no answer, and for several without `reduce`.
    """
    whose = f"“{text.strip()}”"
    if text.strip().casefold() in _UNKNOWN:
        return None
    whole = _read(task, index, text)
    if whole is not None:
        found = [whole]
    else:
        parts = [part for part in _SEPARATOR.split(text.strip()) if part.casefold() not in _UNKNOWN]
        read = [_read(task, index, part) for part in parts]
        strange = [part for part, one in zip(parts, read, strict=True) if one is None]
        if strange or not read:
            raise _refused(task, whose, f"{strange[0] if strange else text.strip()} is not one of {allowed(task)}.")
        found = [one for one in read if one is not None]
    if len(found) > 1 and reduce is None:
        told = "; a decimal mark must be a point" if task.answer == "values" and "," in text else ""
        raise UserError(
            ErrorCode.BAD_VALUES,
            what=f"{whose} cannot be used for {task.title}.",
            why=f"It holds {len(found)} answers, and an exam has one{told}.",
            next=f"Say which of them counts: reduce by {', '.join(REDUCTIONS)}.",
        )
    for one in found:
        why = _why_not(task, index, one)
        if why:
            raise _refused(task, whose, why)
    if reduce == "mean" and len(found) > 1 and task.answer != "values":
        raise _refused(task, whose, f"There is no mean of {task.answer}.")
    if reduce == "mean":
        return sum(found) / len(found)
    return min(found) if reduce == "min" else max(found)


def allowed(task: Task) -> str:
    """What an answer may be, in words."""
    if task.answer == "labels":
        return "0 (no), 1 (yes)"
    if task.choices:
        return ", ".join(f"{choice.value}" for choice in task.choices)
    return ", ".join(
        f"{value.name} {value.lowest:g} to {value.highest:g} {value.unit}".rstrip() for value in task.values
    )


def words(task: Task, numbers: Sequence[float | None]) -> str:
    """An answer as a reader would say it: `PI-RADS 4`, `52.0 ml`, `left PZ`; a dash where nothing is known."""
    if all(number is None for number in numbers):
        return "–"
    if task.answer in ("classes", "grades"):
        (number,) = numbers
        assert number is not None
        return next((choice.name for choice in task.choices if choice.value == number), f"{number:g}")
    if task.answer == "labels":
        held = [choice.name for choice, number in zip(task.choices, numbers, strict=True) if number]
        return ", ".join(held) or "none"
    told = [
        f"{'–' if number is None else f'{number:.1f} {value.unit}'.rstrip()}"
        if len(task.values) == 1
        else f"{value.short} {'–' if number is None else f'{number:.1f} {value.unit}'.rstrip()}"
        for value, number in zip(task.values, numbers, strict=True)
    ]
    return ", ".join(told)


def _read(task: Task, index: int, text: str) -> float | None:
    said = text.strip().casefold()
    if task.answer == "labels":
        yes, no = {"1", "1.0", "yes", "true", "y"}, {"0", "0.0", "no", "false", "n"}
        return 1.0 if said in yes else 0.0 if said in no else _number(said)
    for choice in task.choices:
        if said in _spellings(choice):
            return float(choice.value)
    return _number(said)


def _spellings(choice: Choice) -> set[str]:
    return {one.casefold() for one in (choice.name, choice.brief, str(choice.value), *choice.also)}


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _why_not(task: Task, index: int, number: float) -> str | None:
    if not math.isfinite(number):
        return "It is not a finite number."
    if task.answer == "labels":
        return None if number in (0, 1) else f"{number:g} is not one of {allowed(task)}."
    if task.choices:
        known = {choice.value for choice in task.choices}
        return None if number in known else f"{number:g} is not one of {allowed(task)}."
    value = task.values[index]
    if value.lowest <= number <= value.highest:
        return None
    return f"{number:g} lies outside {value.lowest:g} to {value.highest:g} {value.unit}".rstrip() + "."


def _refused(task: Task, whose: str, why: str) -> UserError:
    return UserError(
        ErrorCode.BAD_VALUES,
        what=f"{whose[0].upper()}{whose[1:]} cannot be used for {task.title}.",
        why=why,
        next="Correct it, or leave it empty where nobody knows.",
    )
