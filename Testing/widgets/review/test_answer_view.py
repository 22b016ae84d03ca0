"""Rows and keys come from the task's YAML."""

from __future__ import annotations

from typing import Any

import pytest

from QualityFinetuneLib.cases.tasks import Task, load_task


def task(**changes: Any) -> Task:
    return Task.model_validate({"name": "own", "title": "Own", "roles": ["t2w"]} | changes)


def choices(*values: int) -> list[dict[str, object]]:
    return [{"value": value, "name": f"Choice {value}"} for value in values]


@pytest.fixture
def view(desktop: Any) -> Any:
    from QualityFinetuneLib.widgets.review.answer_view import AnswerView

    holder = desktop.qt.QWidget()
    layout = desktop.qt.QVBoxLayout(holder)
    made = AnswerView(layout, entered=lambda numbers: said.append(numbers), done=lambda: None)
    said: list[Any] = []
    made.said, made.holder = said, holder  # type: ignore[attr-defined]
    return made


def keys(view: Any) -> list[str]:
    return [binding.key for binding in view.bindings()]


def test_grades_have_the_digits_that_readers_call_them_by(view: Any) -> None:
    view.show(load_task("pi_rads"), (None,), of=1)
    assert keys(view) == ["2", "3", "4", "5"]
    view.show(load_task("isup"), (None,), of=1)
    assert keys(view) == ["0", "1", "2", "3", "4", "5"] and view._layout.count() == 6


def test_choices_without_digits_are_counted_and_the_tenth_has_no_key(view: Any) -> None:
    view.show(task(answer="classes", choices=choices(*range(10, 21))), (None,), of=1)
    assert keys(view) == [str(place) for place in range(1, 10)] and len(view.rows) == 11


def test_labels_hold_together(view: Any) -> None:
    view.show(task(answer="labels", choices=choices(1, 2)), (None, None), of=1)
    view.rows[0].press()
    view.rows[1].no.click()
    assert view.said == [(1.0, None), (1.0, 0.0)]


def test_several_numbers_are_one_answer_and_the_first_problem_is_told(view: Any) -> None:
    values = [
        {"name": name, "short": name[0], "unit": "g", "lowest": 0, "highest": 9} for name in ("Length", "Width")
    ]
    view.show(task(answer="values", values=values), (None, None), of=1)
    for row, text in zip(view.rows, ("3", "99"), strict=True):
        row.edit.setText(text)
        row.edit.textEdited.emit(text)
    assert view.said == [(3.0, None), (3.0, None)] and view.problem.startswith("Width")
    assert keys(view) == ["N", "M"]
    view.show(view._task, (3.0, None), of=2)
    assert view.problem == ""


def test_the_same_task_keeps_its_rows(view: Any) -> None:
    view.show(load_task("pi_rads"), (None,), of=1)
    rows = list(view.rows)
    view.show(load_task("pi_rads"), (4.0,), of=2)
    assert view.rows == rows and view.rows[2].button.isChecked() and not view.rows[1].button.isChecked()
