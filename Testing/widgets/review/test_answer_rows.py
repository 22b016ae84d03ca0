"""Rows in which a reader answers."""

from __future__ import annotations

from typing import Any

import pytest

from QualityFinetuneLib.cases.tasks import Choice, Quantity

WEIGHT = Quantity(name="Weight & more", short="W", unit="g", lowest=0, highest=500)


@pytest.fixture
def rows(desktop: Any) -> Any:
    from QualityFinetuneLib.widgets.review import answer_rows

    return answer_rows


def test_a_choice_carries_a_sign_and_can_be_taken_back(rows: Any) -> None:
    said: list[float | None] = []
    row = rows.ChoiceRow(Choice(value=3, name="A & B"), "3", said.append)
    row.press()
    row.show(3.0)
    assert row.button.text == "✓ A && B" and row.button.accessibleName == "A & B"
    row.press()
    row.show(None)
    assert said == [3.0, None] and row.button.text == "A && B"


def test_a_label_is_yes_then_no(rows: Any) -> None:
    said: list[float | None] = []
    row = rows.LabelRow(Choice(value=1, name="Left"), "1", said.append)
    for _press in range(3):
        row.press()
        row.show(said[-1])
    assert said == [1.0, 0.0, 1.0] and row.yes.text == "✓ Yes" and row.yes.accessibleName == "Left: Yes"
    row.show(None)
    assert not row.yes.isChecked() and not row.no.isChecked()


@pytest.mark.parametrize(
    ("text", "number", "wrong"),
    [("12", 12.0, False), (" 12,5 ", 12.5, False), ("", None, False), ("0", 0.0, False), ("501", None, True),
     ("-1", None, True), ("nan", None, True), ("inf", None, True), ("twelve", None, True), ("1e400", None, True)],
)  # fmt: skip
def test_a_number_is_read_and_what_is_none_is_told(rows: Any, text: str, number: float | None, wrong: bool) -> None:
    said: list[float | None] = []
    row = rows.NumberRow(WEIGHT, "N", said.append, lambda: None)
    row.edit.setText(text)
    row.edit.textEdited.emit(text)
    assert said == [number] and bool(row.problem) is wrong
    row.show(number)
    assert row.edit.text == text, "what is being typed is left alone" if text else ""


def test_another_case_empties_the_field(rows: Any) -> None:
    row = rows.NumberRow(WEIGHT, "", lambda _number: None, lambda: None)
    row.edit.setText("x")
    row.edit.textEdited.emit("x")
    row.forget()
    row.show(7.25)
    assert row.problem == "" and row.edit.text == "7.25"
