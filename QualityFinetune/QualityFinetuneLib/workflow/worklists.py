"""What waits for a reader in a study: cases not rated, cases to read again, disagreements to decide."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Literal

from ..study.records import Case, Reader, Reading
from ..study.study import Study
from .adjudicating import disagreements
from .agreement import comparable

Worklist = Literal["all", "not_rated", "repeat", "adjudicate"]
WORKLISTS: tuple[Worklist, ...] = ("all", "not_rated", "repeat", "adjudicate")
REPEAT = 1
"""The number of the repeat that the list asks for."""


def worklist(
    study: Study,
    reader: Reader | None,
    name: Worklist,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[int]:
    """Ids of the cases on that list, in the order in which to take them; without a reader only `all` has any."""
    if name == "all":
        return [case.id for case in study.cases.all()]
    if reader is None:
        return []
    if name == "not_rated":
        return not_rated(study, reader)
    if name == "repeat":
        return to_repeat(study, reader, now=now)
    return [one.case_id for one in disagreements(study)]


def not_rated(study: Study, reader: Reader) -> list[int]:
    """Cases without a reading of this reader with the study's form and protocol, in the order of import."""
    rated = {one.case_id for one in comparable(study) if one.reader_id == reader.id}
    return [case.id for case in study.cases.all() if case.id not in rated]


def to_repeat(study: Study, reader: Reader, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> list[int]:
    """Cases that this reader is due to read again, in an order of their own: the first reading's would remind them.

    Due is a case of the study's repeat plan whose first reading lies back far enough and that was not repeated yet.
    """
    plan = study.settings.repeats
    readings = [one for one in comparable(study, repeats=True) if one.reader_id == reader.id]
    repeated = {one.case_id for one in readings if one.repeat >= REPEAT}
    since = now() - timedelta(days=plan.after_days)
    old_enough = {one.case_id for one in readings if one.repeat == 0 and _first(study, one).finished <= since}
    planned = {case.id for case in planned_repeats(study)}
    due = (planned & old_enough) - repeated
    return sorted(due, key=lambda case_id: _drawn("order", reader.name, case_id))


def planned_repeats(study: Study) -> list[Case]:
    """The cases of the study's repeat plan: drawn at random, the same for every reader and on every day."""
    cases = study.cases.all()
    count = math.ceil(round(study.settings.repeats.share * len(cases), 9))
    return sorted(cases, key=lambda case: _drawn("repeat", case.exam))[:count]


def _first(study: Study, standing: Reading) -> Reading:
    """The reading that `standing` goes back to: a corrected reading was first made when the original was."""
    by_id: dict[int, Reading] = {one.id: one for one in study.readings.history(standing.case_id)}
    first = standing
    while first.supersedes is not None and first.supersedes in by_id:
        first = by_id[first.supersedes]
    return first


def _drawn(*parts: object) -> str:
    return hashlib.sha256("/".join(str(part) for part in parts).encode()).hexdigest()
