"""Widgets of .ui files by name, and changes that tell nobody."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest


def test_widgets_of_a_file_are_reached_by_name_and_unknown_ones_refused(desktop: SimpleNamespace) -> None:
    from QualityFinetuneLib.widgets.ui_files import Ui

    ui = Ui("Shortcuts")
    assert ui.shortcutsTable.objectName == "shortcutsTable"
    assert ui.widget.isAncestorOf(ui.shortcutsTable)
    with pytest.raises(AttributeError):
        _ = ui.noSuchTable


def test_choices_are_filled_without_telling_and_told_when_chosen(desktop: SimpleNamespace) -> None:
    from QualityFinetuneLib.widgets.ui_files import fill_choices

    combo, told = desktop.qt.QComboBox(), []
    combo.connect("currentIndexChanged(int)", told.append)
    values = fill_choices(combo, [("One", 1), ("Two", None), ("Three", 3)], current=3)
    assert values == [1, None, 3] and combo.currentText == "Three" and told == []
    fill_choices(combo, [("Four", 4)], current=3)
    assert combo.count == 1 and combo.currentText == "Four" and told == []
    combo.addItem("Five")
    combo.setCurrentIndex(1)
    assert told == [1]


def test_a_quiet_change_leaves_a_widget_blocked_that_was_blocked(desktop: SimpleNamespace) -> None:
    from QualityFinetuneLib.widgets.ui_files import set_quietly

    box: Any = desktop.qt.QSpinBox()
    told: list[int] = []
    box.connect("valueChanged(int)", told.append)
    set_quietly(box, "setRange", 0, 5)
    set_quietly(box, "setValue", 4)
    assert box.value == 4 and told == []
    box.setValue(5)
    assert told == [5]
    box.blockSignals(True)
    set_quietly(box, "setValue", 1)
    assert box.signalsBlocked()


def test_a_changed_property_shows_after_restyling(desktop: SimpleNamespace) -> None:
    from QualityFinetuneLib.widgets.ui_files import restyle

    label = desktop.qt.QLabel("Text")
    label.setStyleSheet('QLabel { font-size: 10px; } QLabel[kind="large"] { font-size: 40px; }')
    label.ensurePolished()
    assert label.font.pixelSize() == 10
    label.setProperty("kind", "large")
    restyle(label)
    assert label.font.pixelSize() == 40
