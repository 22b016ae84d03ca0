"""The images under review."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def review(opened: Any) -> Any:
    opened.session.show_case(opened.session.cases[0].id)
    opened.go_to("Review")
    opened.review.show_task("gland")
    return opened.review


def test_another_arrangement_keeps_the_segmentation(review: Any, opened: Any) -> None:
    combo = review.ui.reviewViewCombo
    assert combo.count > 1
    combo.setCurrentIndex(1)
    assert opened.stage.arrangement == review.images._views[1] and opened.stage.segmentation is not None


def test_without_a_case_there_is_nothing_to_choose(review: Any, opened: Any) -> None:
    opened.session.close()
    assert review.ui.reviewViewCombo.count == 0


def test_an_answer_is_given_over_bare_images(review: Any, opened: Any) -> None:
    assert opened.stage.segmentation is not None
    review.show_task("pi_rads")
    assert opened.stage.segmentation is None and opened.stage.t2w is not None
    review.show_task("gland")
    assert opened.stage.segmentation is not None
