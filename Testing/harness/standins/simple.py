"""The ctk widgets that add little to the Qt widget they derive from."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Property, Qt, Signal
from PySide6.QtGui import QColor, QStandardItemModel
from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QLineEdit, QMessageBox, QPushButton, QTextBrowser

from .stored import parent_among, stored, text_among


class ctkComboBox(QComboBox):
    defaultText, setDefaultText = stored(str, "defaultText", "")


class ctkCheckBox(QCheckBox):
    pass


class ctkPushButton(QPushButton):
    pass


class ctkMenuButton(QPushButton):
    pass


class ctkCheckablePushButton(QPushButton):
    checkBoxControlsButtonToggleState, setCheckBoxControlsButtonToggleState = stored(
        bool, "checkBoxControlsButtonToggleState", True
    )


class ctkCheckableComboBox(QComboBox):
    """Each item has a box to tick."""

    checkedIndexesChanged = Signal()

    def __init__(self, *arguments: Any) -> None:
        super().__init__(parent_among(arguments))
        self.setModel(QStandardItemModel(self))

    def checkState(self, index: Any) -> Qt.CheckState:
        return Qt.CheckState(self.model().data(index, Qt.ItemDataRole.CheckStateRole) or 0)

    def setCheckState(self, index: Any, state: Qt.CheckState) -> None:
        self.model().setData(index, state, Qt.ItemDataRole.CheckStateRole)
        self.checkedIndexesChanged.emit()

    def checkedIndexes(self) -> list[Any]:
        rows = (self.model().index(row, 0) for row in range(self.model().rowCount()))
        return [index for index in rows if self.checkState(index) is Qt.CheckState.Checked]


class ctkSearchBox(QLineEdit):
    showSearchIcon, setShowSearchIcon = stored(bool, "showSearchIcon", False)


class ctkFittedTextBrowser(QTextBrowser):
    collapsible, setCollapsible = stored(bool, "collapsible", False)
    collapsed, setCollapsed = stored(bool, "collapsed", False)


class ctkMessageBox(QMessageBox):
    dontShowAgainSettingsKey, setDontShowAgainSettingsKey = stored(str, "dontShowAgainSettingsKey", "")


class ctkExpandableWidget(QFrame):
    pass


class ctkColorPickerButton(QPushButton):
    colorChanged = Signal(QColor)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(text_among(arguments), parent_among(arguments))
        self._color = QColor(0, 0, 0)

    color = Property(QColor, lambda self: self._color, lambda self, color: self.setColor(color))
    displayColorName, setDisplayColorName = stored(bool, "displayColorName", True)

    def setColor(self, color: QColor) -> None:
        if color != self._color:
            self._color = color
            self.colorChanged.emit(color)
