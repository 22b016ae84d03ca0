"""What is drawn and not saved holds the case until it is settled."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def review(opened: Any) -> Any:
    opened.session.show_case(opened.session.cases[0].id)
    opened.go_to("Review")
    opened.review.show_task("gland")
    return opened.review


def test_nothing_is_unsaved_until_the_first_stroke(review: Any) -> None:
    review.ui.correctButton.click()
    assert review.editor.is_open and not review.editing.unsaved
    review.editing._on_content(None, "")
    assert review.changed and review.editing.unsaved
    first = review.session.case_id
    review.session.step_case(1)
    assert review.session.case_id == first


def test_a_change_while_the_tools_are_closed_is_not_the_readers(review: Any) -> None:
    review.editing._on_content(None, "")
    assert not review.changed


def test_settling_it_lets_the_case_go(review: Any) -> None:
    review.ui.correctButton.click()
    review.editing._on_content(None, "")
    review.masks.discard()
    assert not review.editing.unsaved and not review.editor.is_open and review.editing.observed == []
    review.session.step_case(1)
    assert review.session.case_id == review.session.cases[1].id


def test_the_map_of_uncertainty_is_offered_only_where_there_is_one(review: Any) -> None:
    assert not review.ui.uncertaintyCheck.isVisible()
