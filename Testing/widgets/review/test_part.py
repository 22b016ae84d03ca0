"""Both halves of Review can be asked the same."""

from __future__ import annotations

import inspect
from typing import Any


def test_masks_and_answers_do_what_the_panel_asks_for(opened: Any) -> None:
    from QualityFinetuneLib.widgets.review.part import ReviewPart

    asked = [name for name, _member in inspect.getmembers(ReviewPart, inspect.isfunction) if not name.startswith("_")]
    assert {"show", "primary", "secondary", "done", "following"} <= set(asked)
    for part in (opened.review.masks, opened.review.answers):
        assert all(callable(getattr(part, name)) for name in asked)


def test_the_task_decides_which_half_works(opened: Any) -> None:
    opened.go_to("Review")
    opened.review.show_task("zones")
    assert opened.review.part is opened.review.masks
    opened.review.show_task("isup")
    assert opened.review.part is opened.review.answers
