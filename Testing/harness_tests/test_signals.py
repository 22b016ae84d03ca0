"""`object.connect('signal(types)', callable)` as in PythonQt, and errors where PythonQt only warns."""

from __future__ import annotations

import pytest


@pytest.fixture
def button(qt):
    button = qt.QPushButton("x")
    button.setCheckable(True)
    return button


def test_both_spellings_connect(button):
    got = []
    assert button.connect("clicked(bool)", lambda checked: got.append(("text", checked))) is True
    button.clicked.connect(lambda checked: got.append(("signal", checked)))
    button.click()
    assert sorted(got) == [("signal", True), ("text", True)]


def test_arguments_a_slot_does_not_take_are_trimmed(button):
    got = []

    class Panel:
        def on_clicked(self):
            got.append("method")

    panel = Panel()
    button.connect("clicked(bool)", panel.on_clicked)
    button.connect("clicked(bool)", lambda *all_of_them: got.append(all_of_them))
    button.connect("clicked()", lambda: got.append("none sent"))
    button.click()
    assert got == ["method", (True,), "none sent"]


def test_only_functions_and_methods_are_spared_the_arguments_they_do_not_take(button):
    from functools import partial

    from harness import slot_failures

    got = []
    button.connect("clicked(bool)", partial(lambda *told: got.append(told), "mine"))
    button.click()
    assert got == [("mine", True)]
    button.connect("clicked(bool)", partial(got.append, "mine"))
    button.click()
    assert got[1:] == [("mine", False)]
    assert "TypeError" in slot_failures.pop()


def test_an_error_inside_a_slot_is_kept(button):
    from harness import slot_failures

    def broken():
        raise RuntimeError("broken slot")

    slot_failures.clear()
    button.connect("clicked()", broken)
    button.click()
    assert len(slot_failures) == 1 and "RuntimeError: broken slot" in slot_failures.pop()


@pytest.mark.parametrize(
    "signature", ["clicked(int)", "clickd(bool)", "clicked", "checkStateChanged(Qt::CheckState)"]
)
def test_a_wrong_signature_raises(button, signature):
    with pytest.raises(ValueError, match=r"signal|signature"):
        button.connect(signature, print)


def test_something_that_cannot_be_called_raises(button):
    with pytest.raises(TypeError):
        button.connect("clicked(bool)", None)


def test_a_slot_can_be_named_on_a_receiver(qt):
    edit, label = qt.QLineEdit(), qt.QLabel()
    edit.connect("textChanged(QString)", label, "setText(QString)")
    edit.text = "abc"
    assert label.text == "abc"


def test_disconnect_takes_one_slot_or_all(button):
    got = []
    first, second = (lambda: got.append(1)), (lambda: got.append(2))
    button.connect("clicked(bool)", first)
    button.connect("clicked(bool)", second)
    assert button.disconnect("clicked(bool)", first) is True
    button.click()
    assert got == [2]
    assert button.disconnect("clicked(bool)") is True
    button.click()
    assert got == [2]
    assert button.disconnect("clicked(bool)", first) is False


def test_signals_with_several_arguments_and_classes_with_their_own_lookup(qt):
    process, ended = qt.QProcess(), []
    process.connect("finished(int,QProcess::ExitStatus)", lambda code, status: ended.append((code, status)))
    process.start("true", [])
    assert process.waitForFinished(10_000)
    assert ended == [(0, qt.QProcess.NormalExit)]


def test_timers_fire(qt, desktop):
    timer, fired = qt.QTimer(), []
    timer.setSingleShot(True)
    timer.connect("timeout()", lambda: fired.append(True))
    timer.start(0)
    assert timer.active is True
    desktop.app.processEvents()
    assert fired == [True]


def test_signals_of_stand_ins_connect_with_slicers_types(desktop):
    box = desktop.slicer.qMRMLNodeComboBox()
    got = []
    box.connect("currentNodeChanged(vtkMRMLNode*)", got.append)
    box.currentNodeChanged.emit(None)
    assert got == [None]


def test_a_single_shot_calls_once_and_later(qt, desktop):
    fired = []
    qt.QTimer.singleShot(0, lambda: fired.append(True))
    assert fired == []
    for _ in range(5):
        desktop.app.processEvents()
    assert fired == [True]
