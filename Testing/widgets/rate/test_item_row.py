"""Rows of the form."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from QualityFinetuneLib.quality.form import Item


def test_a_yes_or_no_item_tells_what_was_chosen(desktop: SimpleNamespace) -> None:
    from QualityFinetuneLib.widgets.rate.item_row import ItemRow

    told: list[Any] = []
    item = Item(id="sharp", section="t2w", part="visual", label="Sharp", key="A")
    row = ItemRow(item, lambda asked, value: told.append((asked.id, value)))
    row.no.click()
    row.yes.click()
    row.yes.click()
    assert told == [("sharp", False), ("sharp", True), ("sharp", None)]
    assert row.yes.accessibleName == "Sharp: Yes"


def test_a_choice_offers_every_value_and_none(desktop: SimpleNamespace) -> None:
    from QualityFinetuneLib.widgets.rate.item_row import ChoiceRow

    told: list[Any] = []
    item = Item(id="grade", section="t2w", part="visual", label="Grade", kind="scale", minimum=1, maximum=3)
    row = ChoiceRow(item, lambda asked, value: told.append(value))
    assert [row.combo.itemText(index) for index in range(row.combo.count)] == ["Choose …", "1", "2", "3"]
    row.combo.setCurrentIndex(2)
    row.combo.setCurrentIndex(0)
    assert told == [2, None]
    row.show_value(3)
    assert row.combo.currentText == "3" and told == [2, None]
