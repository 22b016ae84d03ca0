"""ctkCollapsibleButton and its kin: a heading that folds what is under it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Property, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractButton,
    QGroupBox,
    QSizePolicy,
    QStyle,
    QStyleOption,
    QStyleOptionButton,
    QWidget,
)

from .stored import parent_among, text_among

HEADING_PX = 26
NO_LIMIT_PX = 16777215


class ctkCollapsibleButton(QAbstractButton):
    contentsCollapsed = Signal(bool)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(parent_among(arguments))
        self.setText(text_among(arguments))
        self.setCheckable(True)
        self.setChecked(True)
        self.setContentsMargins(0, HEADING_PX, 0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.toggled.connect(self._fold)

    collapsed = Property(bool, lambda self: not self.isChecked(), lambda self, fold: self.setCollapsed(fold))

    def setCollapsed(self, fold: bool) -> None:
        self.setChecked(not fold)

    def _fold(self, open_: bool) -> None:
        for child in self.children():
            if isinstance(child, QWidget):
                child.setVisible(open_)
        self.setMaximumHeight(NO_LIMIT_PX if open_ else HEADING_PX)
        self.updateGeometry()
        self.contentsCollapsed.emit(not open_)

    def hitButton(self, position: Any) -> bool:
        return position.y() < HEADING_PX

    def sizeHint(self) -> QSize:
        inside = (
            self.layout().totalSizeHint() if self.layout() is not None and self.isChecked() else QSize(0, HEADING_PX)
        )
        return QSize(max(inside.width(), 160), max(inside.height(), HEADING_PX))

    def minimumSizeHint(self) -> QSize:
        inside = self.layout().totalMinimumSize() if self.layout() is not None and self.isChecked() else QSize(0, 0)
        return QSize(inside.width(), max(inside.height(), HEADING_PX))

    def paintEvent(self, _event: Any) -> None:
        painter, style = QPainter(self), self.style()
        option = QStyleOptionButton()
        option.initFrom(self)
        option.rect = QRect(0, 0, self.width, HEADING_PX)
        style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelButtonCommand, option, painter, self)
        arrow = QStyleOption()
        arrow.initFrom(self)
        arrow.rect = QRect(8, (HEADING_PX - 10) // 2, 10, 10)
        down, right = QStyle.PrimitiveElement.PE_IndicatorArrowDown, QStyle.PrimitiveElement.PE_IndicatorArrowRight
        style.drawPrimitive(down if self.isChecked() else right, arrow, painter, self)
        where = QRect(26, 0, self.width - 26, HEADING_PX)
        painter.drawText(where, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text)
        painter.end()


class qMRMLCollapsibleButton(ctkCollapsibleButton):
    def setMRMLScene(self, _scene: Any) -> None:
        """Only passes the scene to its children, which the top-level widget does already."""


class ctkCollapsibleGroupBox(QGroupBox):
    toggledCollapse = Signal(bool)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(text_among(arguments), parent_among(arguments))
        self._folded = False

    collapsed = Property(bool, lambda self: self._folded, lambda self, fold: self.setCollapsed(fold))

    def setCollapsed(self, fold: bool) -> None:
        self._folded = bool(fold)
        for child in self.children():
            if isinstance(child, QWidget):
                child.setVisible(not fold)
