"""The question which masks count."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from QualityFinetuneLib.cases.tasks import packaged_tasks
from QualityFinetuneLib.workflow.mask_choice import MaskChoice

CHOICES = [
    MaskChoice(task="gland", sources={"expert": 3, "gland_taps": 2}, exams=3),
    MaskChoice(task="zones", sources={"a": 1, "b": 1}, exams=1),
]


@pytest.fixture
def questions(desktop: SimpleNamespace) -> SimpleNamespace:
    from QualityFinetuneLib.widgets.study.mask_questions import MaskQuestions
    from QualityFinetuneLib.widgets.ui_files import Ui

    told: list[Any] = []
    ui = Ui("Study")
    made = MaskQuestions(ui, go_on=told.append, stop=lambda: told.append("stopped"), tasks=packaged_tasks)
    return SimpleNamespace(ui=ui, made=made, told=told)


def test_nothing_to_ask_shows_nothing(questions: SimpleNamespace) -> None:
    assert not questions.made.ask([])
    assert not questions.ui.masksFrame.isVisibleTo(questions.ui.widget)


def test_each_task_is_asked_once_and_answered_together(questions: SimpleNamespace) -> None:
    assert questions.made.ask(CHOICES) and questions.made.ask(CHOICES)  # asked again, the rows do not pile up
    assert questions.ui.masksHolder.layout().count() == 4
    assert list(questions.made.combos) == ["gland", "zones"]
    questions.made.combos["zones"].setCurrentIndex(1)
    questions.ui.masksGoOnButton.click()
    assert questions.told == [["expert", "b"]] and questions.made.combos == {}


def test_stopping_answers_nothing(questions: SimpleNamespace) -> None:
    questions.made.ask(CHOICES)
    questions.ui.masksStopButton.click()
    assert questions.told == ["stopped"]


def test_tasks_go_by_their_titles_and_a_cut_name_can_be_read(questions: SimpleNamespace) -> None:
    questions.made.ask(CHOICES)
    label = questions.ui.masksHolder.layout().itemAt(0).widget()
    assert label.text == "Prostate gland, 3 exams"
    assert "gland_taps (2 exams, made by a model)" in questions.made.combos["gland"].toolTip
