"""How far annotations and answers are trusted, and so which of a case's is current."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from .records import Said

REVIEWED = ("accepted", "corrected")

One = TypeVar("One", bound=Said)


def current(records: Iterable[One]) -> One | None:
    """A reader's accepted or corrected record before an imported one before a draft, newest first.

    Args:
        records: those that stand: neither superseded nor rejected.
    """
    return max(records, key=_rank, default=None)


def current_by_case(records: Iterable[One]) -> dict[int, One]:
    """`current` of each case, by case id."""
    best = {one.case_id: one for one in sorted(records, key=_rank)}
    return dict(sorted(best.items()))


def trainable(by_case: Mapping[int, One]) -> dict[int, One]:
    """What may be learned from: accepted or corrected by a reader, or imported; never a model's draft."""
    return {case_id: one for case_id, one in by_case.items() if _is_reviewed(one)}


def _is_reviewed(one: Said) -> bool:
    return one.status in REVIEWED or one.origin == "imported"


def _rank(one: Said) -> tuple[int, int]:
    """Orders by how much a record is trusted, then by age; the last one is current."""
    by_reader = one.status in REVIEWED and one.reader_id is not None
    return (2 if by_reader else 1 if _is_reviewed(one) else 0, one.id)
