"""A decision shows what differs; a reading shows every item."""

from __future__ import annotations

from typing import Any

import pytest

from QualityFinetuneLib.workflow.rating import Rater


@pytest.fixture
def disputed(rated: Any) -> Any:
    """Another reader saw the first case differently; the list to adjudicate is chosen."""
    study, case = rated.session.study, rated.session.cases[0]
    second = Rater(study, study.readers.ensure("Second reader"), case)
    for item in second.form.items(second.protocol):
        second.set(item.id, True)
    second.save()
    rated.session.show_case(case.id)
    rated.go_to("Rate")
    rated.rate.presenter.worklist = "adjudicate"
    rated.rate._case_changed()
    return rated.rate


def test_only_what_differs_is_shown_with_both_readings_under_it(disputed: Any) -> None:
    rows = disputed.form.rows
    shown = {name for name, row in rows.items() if row.widget.isVisible()}
    assert shown == {"t2w_snr", "t2w_structures"}
    assert rows["t2w_snr"].title.text.startswith("≠") and "Second reader" in rows["t2w_snr"].note.text
    disputed.ui.agreedCheck.click()
    assert all(row.widget.isVisible() for row in rows.values())


def test_a_note_is_kept_with_the_decision_and_a_reading_has_none(disputed: Any) -> None:
    disputed.ui.decisionNoteEdit.textEdited.emit("Motion")
    assert disputed.presenter.decision.note == "Motion"
    disputed.decision.show()
    assert disputed.ui.decisionNoteEdit.text == "Motion"
    disputed.presenter.worklist = "all"
    disputed._case_changed()
    assert not disputed.ui.decisionNoteFrame.isVisible()
    disputed.decision._note_typed("lost")
    assert not disputed.form.rows["t2w_snr"].title.text.startswith("≠")
