"""What the panels share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from QualityFinetuneLib.common.errors import ErrorCode, UserError
from QualityFinetuneLib.widgets.session import Session


def test_without_a_study_a_step_that_needs_one_says_so() -> None:
    with pytest.raises(UserError) as told:
        Session().needed()
    assert told.value.code is ErrorCode.NO_STUDY


def test_a_study_that_cannot_be_opened_leaves_the_other_one_open(session: Any, tmp_path: Path) -> None:
    study = session.study
    with pytest.raises(UserError):
        session.open(tmp_path / "nothing")
    assert session.study is study and session.study.cases.all()


def test_stepping_stays_within_the_cases(session: Any) -> None:
    ids = [case.id for case in session.cases]
    session.step_case(1)
    assert session.case_id == ids[0]
    session.step_case(-1)
    assert session.case_id == ids[0]
    session.step_case(99)
    assert session.case_id == ids[-1]


def test_a_held_case_stays_and_the_reason_is_told(session: Any) -> None:
    told: list[UserError] = []
    session.failed.connect(told.append)
    session.show_case(session.cases[0].id)
    session.hold_case("Review")
    session.show_case(session.cases[1].id)
    assert session.case_id == session.cases[0].id
    assert "Save or discard it in the step Review first." in told[0].next
    with pytest.raises(UserError):
        session.leave()
    session.hold_case("")
    session.show_case(session.cases[1].id)
    assert session.case_id == session.cases[1].id


def test_a_reader_is_told_apart_by_name_however_it_is_typed(session: Any) -> None:
    changes: list[bool] = []
    session.reader_changed.connect(lambda: changes.append(True))
    session.read_as("  Reader   One ")
    assert changes == [] and session.reader.name == "Reader One"
    session.read_as("")
    assert session.reader is None and changes == [True]


def test_a_failure_inside_a_step_becomes_a_signal_and_a_bug_does_not(session: Any) -> None:
    told: list[UserError] = []
    session.failed.connect(told.append)
    with session.telling_failures():
        raise UserError(ErrorCode.CONFLICT, what="A.", why="B.", next="C.")
    assert len(told) == 1
    with pytest.raises(ZeroDivisionError), session.telling_failures():
        raise ZeroDivisionError
