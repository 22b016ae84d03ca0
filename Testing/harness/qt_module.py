"""The module `qt`: every Qt class in one place, as PythonQt presents it, without what only PySide6 has."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from PySide6 import QtCore, QtWidgets

from .qt_classes import MODULES, public_names
from .ui_loader import QUiLoader

PYSIDE_ONLY = {
    "Signal", "Slot", "Property", "SignalInstance", "ClassInfo", "QEnum", "QFlag", "SIGNAL", "SLOT", "MetaSignal",
    "MetaFunction", "QPyTextObject", "qApp", "QtMsgType",
}  # fmt: skip
"""Names of PySide6 that PythonQt's module lacks."""

QT6_ONLY = {"QPermission", "QStringConverter", "QStringEncoder", "QStringDecoder", "QRangeModel", "QEventPoint"}
"""Names that Slicer's Qt 5.15 lacks."""

_waiting: list[QtCore.QTimer] = []


class QSignalBlocker(QtCore.QSignalBlocker):
    """PythonQt's is no context manager."""

    def __enter__(self) -> Any:
        raise TypeError("PythonQt's QSignalBlocker is no context manager; use blockSignals(True) and try/finally")

    def __exit__(self, *_: object) -> None:
        raise TypeError("PythonQt's QSignalBlocker is no context manager")


def make_qt() -> ModuleType:
    """Build the module."""
    qt = ModuleType("qt")
    for module in MODULES:
        for name in public_names(module):
            if name not in PYSIDE_ONLY | QT6_ONLY:
                setattr(qt, name, getattr(module, name))
    qt.QSignalBlocker = QSignalBlocker
    vars(QtCore.QTimer)["singleShot"].method = single_shot
    qt.QUiLoader = QUiLoader
    qt.QFileDialog = _first_results_only(
        QtWidgets.QFileDialog, "getOpenFileName", "getOpenFileNames", "getSaveFileName"
    )
    qt.QInputDialog = _first_results_only(
        QtWidgets.QInputDialog, "getText", "getItem", "getInt", "getDouble", "getMultiLineText"
    )
    return qt


def single_shot(msec: int, action: Callable) -> None:
    """`QTimer.singleShot(200, f)`; PySide6's own goes through the `connect` that is replaced here."""
    timer = QtCore.QTimer()
    timer.setSingleShot(True)

    def fire() -> None:
        _waiting.remove(timer)
        action()

    _waiting.append(timer)
    timer.connect("timeout()", fire)
    timer.start(msec)


def _first_results_only(dialog: type, *names: str) -> type:
    """PythonQt's dialogs return the answer alone, PySide6's a pair of answer and filter (or whether it was given)."""
    return type(dialog)(
        dialog.__name__, (dialog,), {name: staticmethod(_first(getattr(dialog, name))) for name in names}
    )


def _first(function: Callable) -> Callable:
    def answer(*arguments: Any) -> Any:
        return function(*arguments)[0]

    return answer
