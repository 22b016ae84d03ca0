"""The row that leads from case to case."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest


@pytest.fixture
def bar(desktop: SimpleNamespace, session: Any) -> SimpleNamespace:
    """A case bar and its three widgets."""
    from QualityFinetuneLib.widgets.case_bar import CaseBar

    qt = desktop.qt
    combo, previous, following = qt.QComboBox(), qt.QPushButton(), qt.QPushButton()
    made = CaseBar(session, combo=combo, previous=previous, following=following)
    return SimpleNamespace(bar=made, combo=combo, previous=previous, following=following)


def texts(combo: Any) -> list[str]:
    return [combo.itemText(index) for index in range(combo.count)]


def test_cases_that_are_done_carry_a_tick_and_no_other(bar: SimpleNamespace, session: Any) -> None:
    first, second = session.cases[:2]
    session.show_case(first.id)
    bar.bar.show(done={second.id})
    ticked = [text.startswith("✓ ") for text in texts(bar.combo)]
    assert ticked == [case.id == second.id for case in session.cases]
    assert bar.combo.currentText == f"{session.label(first)} (1 of 6)"


def test_the_quality_stands_beside_each_case_only_where_it_is_given(bar: SimpleNamespace, session: Any) -> None:
    first = session.cases[0]
    session.show_case(first.id)
    bar.bar.show(done=set())
    assert not any("High" in text or "Not rated" in text for text in texts(bar.combo))
    bar.bar.show(done=set(), strata={first.id: "high"})
    assert texts(bar.combo)[0].endswith("▲ High") and texts(bar.combo)[1].endswith("Not rated")


def test_there_is_nothing_before_the_first_case_and_after_the_last(bar: SimpleNamespace, session: Any) -> None:
    enabled = []
    for case in (session.cases[0], session.cases[2], session.cases[-1]):
        session.show_case(case.id)
        bar.bar.show(done=set())
        enabled.append((bar.previous.isEnabled(), bar.following.isEnabled()))
    assert enabled == [(False, True), (True, True), (True, False)]


def test_listing_the_cases_moves_nobody_and_choosing_one_does(bar: SimpleNamespace, session: Any) -> None:
    bar.bar.show(done=set())
    assert session.case_id is None and bar.combo.currentText == "Choose a case"
    bar.combo.setCurrentIndex(2)  # after "Choose a case"
    assert session.case_id == session.cases[1].id
    bar.following.click()
    assert session.case_id == session.cases[2].id
    bar.previous.click()
    assert session.case_id == session.cases[1].id
