"""The sheet of keys."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest


@pytest.fixture
def sheet(desktop: SimpleNamespace) -> Any:
    from QualityFinetuneLib.widgets.shortcut_sheet import ShortcutSheet

    made = ShortcutSheet()
    yield made
    made.ui.widget.hide()
    made.ui.widget.deleteLater()


def rows(sheet: Any) -> list[tuple[str, ...]]:
    table = sheet.ui.shortcutsTable
    return [tuple(table.item(row, column).text() for column in range(3)) for row in range(table.rowCount)]


def test_the_keys_of_the_step_come_before_those_of_the_views(sheet: Any) -> None:
    from QualityFinetuneLib.widgets.shortcut_sheet import general_keys

    own = [("A", "Answer the first item", "Rate"), ("Ctrl+Return", "Save", "Rate")]
    sheet.show(own)
    assert rows(sheet) == own + general_keys()
    assert ("G", "Show or hide the segmentation", "Any slice view") in rows(sheet)


def test_showing_it_again_replaces_the_rows(sheet: Any) -> None:
    from QualityFinetuneLib.widgets.shortcut_sheet import general_keys

    sheet.show([("A", "One", "Rate"), ("B", "Two", "Rate")])
    sheet.show([("C", "Three", "Review")])
    assert rows(sheet) == [("C", "Three", "Review"), *general_keys()]


def test_it_stays_until_its_button_closes_it(sheet: Any) -> None:
    sheet.show([])
    assert sheet.ui.widget.isVisible()
    sheet.ui.shortcutsCloseButton.click()
    assert not sheet.ui.widget.isVisible()
