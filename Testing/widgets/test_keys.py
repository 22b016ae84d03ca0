"""Keys of one mode."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest


@pytest.fixture
def window(desktop: SimpleNamespace) -> Any:
    widget = desktop.qt.QWidget()
    desktop.qt.QVBoxLayout(widget)
    yield widget
    widget.deleteLater()


def a_mode(window: Any, told: list[str]) -> Any:
    from QualityFinetuneLib.widgets.keys import KeyBinding, KeyMode

    mode = KeyMode(window)
    mode.on([KeyBinding(key="A", text="Answer", action=lambda: told.append("A"))])
    return mode


def test_a_key_acts_between_on_and_off_only(window: Any) -> None:
    told: list[str] = []
    mode = a_mode(window, told)
    ((shortcut, _act),) = mode._shortcuts
    shortcut.activated.emit()
    assert told == ["A"] and mode.active
    mode.off()
    assert not mode.active and not shortcut.isEnabled()


@pytest.mark.parametrize("kind", ["QLineEdit", "QSpinBox", "QPlainTextEdit"])
def test_a_key_is_silent_while_somebody_types(window: Any, desktop: SimpleNamespace, kind: str) -> None:
    told: list[str] = []
    mode = a_mode(window, told)
    field = getattr(desktop.qt, kind)()
    window.layout().addWidget(field)
    window.show()
    field.setFocus()
    desktop.app.processEvents()
    mode._shortcuts[0][0].activated.emit()
    assert told == []
    mode.off()


def test_only_what_takes_letters_counts_as_a_text_field(desktop: SimpleNamespace) -> None:
    from QualityFinetuneLib.widgets.keys import is_text_field

    qt = desktop.qt
    editable = qt.QComboBox()
    editable.setEditable(True)
    reading = qt.QTextBrowser()
    assert is_text_field(editable) and not is_text_field(qt.QComboBox())
    assert not is_text_field(reading) and not is_text_field(qt.QPushButton()) and not is_text_field(None)


def test_no_key_of_the_panels_is_taken_by_slicer(rated: Any) -> None:
    from QualityFinetuneLib.quality.keys import RESERVED_KEYS

    rated.go_to("Rate")
    for bindings in (rated.rate.bindings(), rated.review.bindings()):
        keys = [binding.key for binding in bindings]
        assert len(set(keys)) == len(keys)
        assert not set(keys) & RESERVED_KEYS
