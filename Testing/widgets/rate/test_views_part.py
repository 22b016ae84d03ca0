"""Which series the views show while quality is rated."""

from __future__ import annotations

from typing import Any


def test_choosing_other_views_counts_as_working(opened: Any) -> None:
    opened.go_to("Rate")
    combo, touched = opened.rate.ui.rateViewCombo, []
    opened.rate.presenter.touch = lambda: touched.append(True)
    combo.setCurrentIndex(1)
    assert opened.stage.arrangement == opened.rate.views._views[1] and touched


def test_without_a_study_there_is_nothing_to_choose(opened: Any) -> None:
    opened.go_to("Rate")
    opened.session.close()
    assert opened.rate.ui.rateViewCombo.count == 0
