from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations
from typing import Any

from QualityFinetuneLib.study.records import Said
from QualityFinetuneLib.study.standing import current, current_by_case, trainable


def said(number: int, origin: Any, status: Any, *, reader: int | None = None, case_id: int = 1) -> Said:
    return Said(
        id=number,
        case_id=case_id,
        task="gland",
        origin=origin,
        reader_id=reader,
        run_id=None,
        source="",
        status=status,
        sha256="",
        supersedes=None,
        created=datetime(2026, 3, 2, tzinfo=UTC),
    )


CORRECTED = said(1, "reader", "corrected", reader=1)
ACCEPTED = said(2, "reader", "accepted", reader=2)
IMPORTED = said(3, "imported", "draft")
DRAFT = said(4, "model", "draft")
LATER_DRAFT = said(5, "model", "draft")
UNNAMED = said(6, "model", "accepted")


def test_a_readers_stands_before_an_imported_one_before_a_draft_whatever_the_order() -> None:
    for order in permutations([CORRECTED, IMPORTED, DRAFT]):
        assert current(order) is CORRECTED
    assert current([IMPORTED, LATER_DRAFT]) is IMPORTED
    assert current([]) is None


def test_of_equally_trusted_ones_the_newest_stands() -> None:
    assert current([ACCEPTED, CORRECTED]) is ACCEPTED
    assert current([LATER_DRAFT, DRAFT]) is LATER_DRAFT
    assert current([UNNAMED, IMPORTED]) is UNNAMED


def test_each_case_has_its_own_in_the_order_of_cases() -> None:
    second = said(9, "model", "draft", case_id=2)
    best = current_by_case([second, DRAFT, CORRECTED])
    assert list(best.items()) == [(1, CORRECTED), (2, second)]


def test_a_models_draft_is_never_learned_from() -> None:
    by_case = {1: CORRECTED, 2: IMPORTED, 3: DRAFT, 4: UNNAMED}
    assert trainable(by_case) == {1: CORRECTED, 2: IMPORTED, 4: UNNAMED}
