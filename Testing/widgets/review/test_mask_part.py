"""Judging a mask: what the two buttons at the foot say."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def review(opened: Any) -> Any:
    opened.session.show_case(opened.session.cases[0].id)
    opened.go_to("Review")
    opened.review.show_task("gland")
    return opened.review


def test_a_reviewed_mask_is_left_and_not_judged_again(review: Any, opened: Any) -> None:
    assert review.ui.acceptButton.text == "Go on to Finetune"
    before = len(opened.session.study.annotations.all())
    review.ui.acceptButton.click()
    assert opened.step == "Finetune" and len(opened.session.study.annotations.all()) == before


def test_while_something_is_unsaved_nothing_else_can_be_chosen(review: Any) -> None:
    review.ui.correctButton.click()
    review.editing._on_content(None, "")
    assert not review.ui.reviewTaskCombo.isEnabled() and not review.ui.reviewCaseCombo.isEnabled()
    review.masks.discard()
    assert review.ui.reviewTaskCombo.isEnabled() and "discarded" in review.message.text


def test_the_key_for_correcting_does_nothing_where_there_is_no_mask(review: Any, opened: Any) -> None:
    opened.session.show_case(opened.session.cases[0].id)
    review.show_task("pelvic_anatomy")
    assert review.presenter.annotation is None and review.ui.drawButton.isVisible()
    review.masks._correct()
    assert not review.editor.is_open


def test_an_own_task_is_drawn_and_kept_even_when_its_file_goes(review: Any, opened: Any) -> None:
    from QualityFinetuneLib.cases.tasks import load_task
    from QualityFinetuneLib.common.yaml_config import save_yaml

    study = opened.session.study
    study.paths.tasks.mkdir()
    urethra = load_task("gland").model_copy(update={"name": "urethra", "title": "Urethra"})
    path = study.paths.tasks / "mine.yaml"
    save_yaml(path, urethra)
    opened.session.refresh()
    assert "Urethra" in [review.ui.reviewTaskCombo.itemText(i) for i in range(review.ui.reviewTaskCombo.count)]
    review.show_task("urethra")
    review.ui.drawButton.click()
    path.unlink()
    opened.session.refresh()
    assert review.presenter.task == urethra, "what is drawn belongs to the task it was begun for"
    review.masks.discard()
    assert review.presenter.task.name == "gland"
