"""What PythonQt refuses raises here as well."""

from __future__ import annotations

import pytest


def test_unknown_attributes_of_qt_objects_cannot_be_read_or_made(qt):
    label = qt.QLabel()
    with pytest.raises(AttributeError):
        label.nonsense  # noqa: B018
    with pytest.raises(AttributeError, match="not allowed"):
        label.nonsense = 1


def test_the_same_holds_for_the_widgets_of_ctk_and_qmrml(desktop):
    for widget in (desktop.ctk.ctkSliderWidget(), desktop.slicer.qMRMLNodeComboBox()):
        with pytest.raises(AttributeError, match="not allowed"):
            widget.nonsense = 1


def test_a_python_class_may_have_attributes_of_its_own(qt):
    class Mine(qt.QLabel):
        def __init__(self):
            super().__init__("x")
            self.state = 3

    mine = Mine()
    mine.state = 4
    mine.text = "y"
    assert (mine.state, mine.text) == (4, "y")


@pytest.mark.parametrize(
    "make",
    [
        lambda qt: qt.QLabel(text="x"),
        lambda qt: qt.QPushButton("x", parent=None),
        lambda qt: qt.QTimer(interval=3),
        lambda qt: qt.QVBoxLayout(spacing=3),
        lambda qt: qt.QSize(w=3, h=4),
    ],
)
def test_constructors_take_no_keywords(qt, make):
    with pytest.raises(ValueError, match="keyword"):
        make(qt)


@pytest.mark.parametrize("name", ["QLabel", "QPushButton", "QComboBox"])
def test_a_part_of_a_panel_is_not_shown_before_it_has_a_parent(qt, name):
    part, panel = getattr(qt, name)(), qt.QWidget()
    with pytest.raises(RuntimeError, match="window of its own"):
        part.setVisible(True)
    part.setVisible(False)
    qt.QVBoxLayout(panel).addWidget(part)
    part.setVisible(True)
    assert not part.isHidden()


def test_a_signal_blocker_is_no_context_manager(qt):
    alive = qt.QObject()
    with pytest.raises(TypeError), qt.QSignalBlocker(alive):
        pass


@pytest.mark.parametrize("name", ["Signal", "Slot", "Property", "QtCharts", "QChart", "QChartView", "SignalInstance"])
def test_names_that_pythonqt_lacks_are_absent(qt, name):
    assert not hasattr(qt, name)


@pytest.mark.parametrize(
    "name", ["QTimer", "QProcess", "QAction", "QShortcut", "QKeySequence", "QSettings", "QPixmap"]
)
def test_classes_of_every_qt_module_are_in_one_place(qt, name):
    assert isinstance(getattr(qt, name), type)


def test_members_of_qt_6_are_absent(qt):
    assert not hasattr(qt.QCheckBox(), "checkStateChanged")
    assert not hasattr(qt.QMouseEvent, "globalPosition")


def test_dialogs_return_the_answer_alone(qt, monkeypatch):
    from harness import qt_module

    assert qt_module._first(lambda *_: ("file", "filter"))() == "file"
    assert isinstance(qt.QFileDialog, type)
    assert qt.QFileDialog.__name__ == "QFileDialog"
