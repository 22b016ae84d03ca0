"""ctkPathLineEdit and ctkDirectoryButton: a path as a property."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Property, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QToolButton, QWidget

from .stored import parent_among, stored, text_among


class ctkPathLineEdit(QWidget):
    currentPathChanged = Signal(str)
    validInputChanged = Signal(bool)

    Files, Dirs, Drives, NoDot, NoDotDot, Hidden = 0x02, 0x01, 0x04, 0x2000, 0x4000, 0x100
    Readable, Writable, Executable = 0x10, 0x20, 0x40

    def __init__(self, *arguments: Any) -> None:
        super().__init__(parent_among(arguments))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self._line = QLineEdit(self)
        self._button = QToolButton(self)
        self._button.setText("…")
        row.addWidget(self._line)
        row.addWidget(self._button)
        self._line.textChanged.connect(self.currentPathChanged.emit)

    currentPath = Property(str, lambda self: self._line.text, lambda self, path: self.setCurrentPath(path))

    filters, setFilters = stored(object, "filters", 0)
    nameFilters, setNameFilters = stored(list, "nameFilters", ())
    settingKey, setSettingKey = stored(str, "settingKey", "")
    label, setLabel = stored(str, "label", "")
    showHistoryButton, setShowHistoryButton = stored(bool, "showHistoryButton", True)
    showBrowseButton, setShowBrowseButton = stored(bool, "showBrowseButton", True, then="_show_button")
    sizeAdjustPolicy, setSizeAdjustPolicy = stored(object, "sizeAdjustPolicy", 0)

    def setCurrentPath(self, path: str) -> None:
        if not isinstance(path, str):
            raise ValueError(f"setCurrentPath takes a str, not {type(path).__name__}")
        self._line.setText(path)

    def addCurrentPathToHistory(self) -> None:
        """Nothing is kept between tests."""

    def _show_button(self) -> None:
        self._button.setVisible(self.showBrowseButton)


class ctkDirectoryButton(QPushButton):
    directoryChanged = Signal(str)
    directorySelected = Signal(str)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(parent_among(arguments))
        self._folder = str(Path(text_among(arguments, ".")).resolve())
        self.setText(self._folder)

    directory = Property(str, lambda self: self._folder, lambda self, folder: self.setDirectory(folder))
    caption, setCaption = stored(str, "caption", "")

    def setDirectory(self, folder: str) -> None:
        if not isinstance(folder, str):
            raise ValueError(f"setDirectory takes a str, not {type(folder).__name__}")
        if folder != self._folder:
            self._folder = folder
            self.setText(folder)
            self.directoryChanged.emit(folder)
