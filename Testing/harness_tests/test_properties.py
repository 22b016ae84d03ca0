"""A Qt property wins over the method of the same name."""

from __future__ import annotations

import pytest


def test_a_property_is_a_value(qt):
    assert qt.QLabel("abc").text == "abc"
    assert qt.QSpinBox().value == 0
    assert qt.QPushButton().enabled is True


@pytest.mark.parametrize(
    ("make", "name"),
    [
        ("QLabel", "text"),
        ("QLabel", "objectName"),
        ("QComboBox", "currentText"),
        ("QComboBox", "count"),
        ("QWidget", "width"),
        ("QWidget", "size"),
        ("QWidget", "sizeHint"),
        ("QWidget", "minimumSizeHint"),
        ("QProgressBar", "value"),
        ("QTimer", "interval"),
        ("QAction", "shortcut"),
    ],
)
def test_calling_a_property_fails(qt, make, name):
    thing = getattr(qt, make)()
    with pytest.raises(TypeError):
        getattr(thing, name)()


def test_getters_with_is_and_setters_stay_methods(qt):
    button = qt.QPushButton()
    button.setCheckable(True)
    button.setChecked(True)
    assert button.isChecked() is True
    assert button.checked is True
    assert button.isVisible() is False


def test_assigning_a_property_calls_its_setter(qt):
    edit, told = qt.QLineEdit(), []
    edit.connect("textChanged(QString)", told.append)
    edit.text = "abc"
    assert edit.text == "abc"
    assert told == ["abc"]


def test_a_read_only_property_cannot_be_assigned(qt):
    with pytest.raises(AttributeError, match="not writable"):
        qt.QComboBox().count = 3


def test_methods_that_are_no_properties_are_still_called(qt):
    box = qt.QComboBox()
    box.addItem("a", 5)
    assert box.itemData(0) == 5
    assert box.currentData == 5
    assert box.layout() is None


def test_values_such_as_sizes_keep_their_methods(qt):
    assert qt.QSize(3, 4).width() == 3
    assert qt.QColor(1, 2, 3).red() == 1


def test_name_is_the_object_name(qt):
    label = qt.QLabel()
    label.setObjectName("here")
    assert label.name == "here"
    label.name = "there"
    assert label.objectName == "there"
    assert label.className() == "QLabel"


def test_static_functions_of_a_property_name_stay_on_the_class(qt, desktop):
    fired = []
    qt.QTimer.singleShot(0, lambda: fired.append(True))
    desktop.app.processEvents()
    assert fired == [True]
    assert qt.QTimer().singleShot is False


def test_a_python_class_can_override_a_virtual_getter(qt):
    class Wide(qt.QWidget):
        def sizeHint(self):  # noqa: N802 - Qt's name
            return qt.QSize(321, 45)

    outer = qt.QWidget()
    row = qt.QHBoxLayout(outer)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(Wide())
    assert outer.sizeHint.width() == 321


def test_flags_read_back_are_opaque(qt):
    label = qt.QLabel()
    flags = label.alignment
    for use in (
        lambda: flags == qt.Qt.AlignLeft,
        lambda: flags & qt.Qt.AlignLeft,
        lambda: int(flags),
        lambda: bool(flags),
        lambda: {flags: 1},
    ):
        with pytest.raises(TypeError):
            use()


def test_flags_read_back_can_be_given_to_a_property(qt):
    first, second = qt.QLabel(), qt.QLabel()
    first.setAlignment(qt.Qt.AlignRight | qt.Qt.AlignBottom)
    second.alignment = first.alignment
    assert second.alignment.unwrapped == qt.Qt.AlignRight | qt.Qt.AlignBottom


def test_enums_are_found_under_both_names(qt):
    assert qt.Qt.AlignLeft == qt.Qt.AlignmentFlag.AlignLeft
    assert qt.QMessageBox.Ok == qt.QMessageBox.StandardButton.Ok
    assert qt.QMessageBox().Ok == qt.QMessageBox.Ok
