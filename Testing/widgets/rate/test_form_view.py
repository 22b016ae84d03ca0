"""The form as rows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from QualityFinetuneLib.quality.form import packaged_forms

FORM = max(packaged_forms(), key=lambda form: len(list(form.items())))


@pytest.fixture
def made(desktop: SimpleNamespace) -> SimpleNamespace:
    """A view in a layout of its own, and what it was answered."""
    from QualityFinetuneLib.widgets.rate.form_view import FormView

    box = desktop.qt.QWidget()
    layout = desktop.qt.QVBoxLayout(box)
    answers: list[Any] = []
    view = FormView(layout, lambda item, value: answers.append((item.id, value)))
    return SimpleNamespace(view=view, layout=layout, answers=answers, box=box)


@pytest.mark.parametrize("protocol", ["bpmri", "mpmri"])
def test_exactly_the_items_of_the_protocol_have_a_row(made: SimpleNamespace, protocol: Any) -> None:
    made.view.show(FORM, protocol)
    assert set(made.view.rows) == {item.id for item in FORM.items(protocol)}


def test_technical_items_of_a_sequence_come_before_visual_ones(made: SimpleNamespace) -> None:
    made.view.show(FORM, "bpmri")
    order = [FORM.item(name) for name in made.view.rows]
    for section in {item.section for item in order}:
        parts = [item.part for item in order if item.section == section]
        assert parts == sorted(parts)  # "technical" before "visual"


def test_the_same_form_again_keeps_its_rows_and_another_protocol_replaces_them(made: SimpleNamespace) -> None:
    made.view.show(FORM, "bpmri")
    before = dict(made.view.rows)
    made.view.show(FORM, "bpmri")
    assert all(made.view.rows[name] is row for name, row in before.items())
    made.view.show(FORM, "mpmri")
    assert len(made.view.rows) > len(before) and not any(row in before.values() for row in made.view.rows.values())


def test_no_form_leaves_an_empty_layout(made: SimpleNamespace) -> None:
    made.view.show(FORM, "bpmri")
    assert made.layout.count() > len(made.view.rows)  # rows and their headings
    made.view.show(None, "bpmri")
    assert made.layout.count() == 0 and made.view.rows == {}


def test_an_answer_is_told_with_its_item(made: SimpleNamespace) -> None:
    made.view.show(FORM, "bpmri")
    name = next(item.id for item in FORM.items("bpmri") if item.kind == "bool")
    made.view.rows[name].yes.click()
    assert made.answers == [(name, True)]
