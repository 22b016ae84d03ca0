"""ctkSliderWidget, ctkDoubleSpinBox and ranges: numbers with limits, decimals and a suffix."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Property, Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QSlider, QWidget

from .stored import parent_among, stored

STEPS = 1000


class _Number(QWidget):
    """A slider and a spin box that show the same number."""

    valueChanged = Signal(float)
    HAS_SLIDER = True
    HAS_SPIN_BOX = True

    def __init__(self, *arguments: Any) -> None:
        super().__init__(parent_among(arguments))
        self._number = 0.0
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        self._slider.setRange(0, STEPS)
        self._spin = QDoubleSpinBox(self)
        row.addWidget(self._slider)
        row.addWidget(self._spin)
        self._slider.setVisible(self.HAS_SLIDER)
        self._spin.setVisible(self.HAS_SPIN_BOX)
        self._show()
        self._spin.valueChanged.connect(self.setValue)
        self._slider.sliderMoved.connect(self._slide)

    minimum, setMinimum = stored(float, "minimum", 0.0, then="_limit")
    maximum, setMaximum = stored(float, "maximum", 99.99, then="_limit")
    singleStep, setSingleStep = stored(float, "singleStep", 1.0, then="_show")
    pageStep, setPageStep = stored(float, "pageStep", 10.0)
    decimals, setDecimals = stored(int, "decimals", 2, then="_show")
    suffix, setSuffix = stored(str, "suffix", "", then="_show")
    prefix, setPrefix = stored(str, "prefix", "", then="_show")
    tracking, setTracking = stored(bool, "tracking", True)
    value = Property(float, lambda self: self._number, lambda self, number: self.setValue(number))

    def setValue(self, number: float) -> None:
        number = min(max(round(float(number), self.decimals), self.minimum), self.maximum)
        if number != self._number:
            self._number = number
            self._show()
            self.valueChanged.emit(number)

    def setRange(self, minimum: float, maximum: float) -> None:
        self.setMinimum(minimum)
        self.setMaximum(maximum)

    def _limit(self) -> None:
        self.setValue(self._number)
        self._show()

    def _slide(self, step: int) -> None:
        self.setValue(self.minimum + (self.maximum - self.minimum) * step / STEPS)

    def _show(self) -> None:
        for shown in (self._spin, self._slider):
            shown.blockSignals(True)
        self._spin.setDecimals(self.decimals)
        self._spin.setRange(self.minimum, self.maximum)
        self._spin.setSingleStep(self.singleStep)
        self._spin.setPrefix(self.prefix)
        self._spin.setSuffix(self.suffix)
        self._spin.setValue(self._number)
        wide = (self.maximum - self.minimum) or 1.0
        self._slider.setValue(int(STEPS * (self._number - self.minimum) / wide))
        for shown in (self._spin, self._slider):
            shown.blockSignals(False)


class ctkSliderWidget(_Number):
    pass


class ctkDoubleSlider(_Number):
    HAS_SPIN_BOX = False


class ctkDoubleSpinBox(_Number):
    HAS_SLIDER = False


class qMRMLSliderWidget(_Number):
    quantity, setQuantity = stored(str, "quantity", "")

    def setMRMLScene(self, _scene: Any) -> None:
        """Units come from the scene in Slicer; none are imitated."""


class qMRMLSpinBox(_Number):
    HAS_SLIDER = False

    def setMRMLScene(self, _scene: Any) -> None:
        """Units come from the scene in Slicer; none are imitated."""


class ctkRangeWidget(QWidget):
    valuesChanged = Signal(float, float)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(parent_among(arguments))
        self._low, self._high = 0.0, 99.0
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self._label = QLabel(self)
        row.addWidget(self._label)

    minimum, setMinimum = stored(float, "minimum", 0.0)
    maximum, setMaximum = stored(float, "maximum", 99.0)
    singleStep, setSingleStep = stored(float, "singleStep", 1.0)
    decimals, setDecimals = stored(int, "decimals", 2)
    minimumValue = Property(float, lambda self: self._low, lambda self, low: self.setValues(low, self._high))
    maximumValue = Property(float, lambda self: self._high, lambda self, high: self.setValues(self._low, high))

    def setMinimumValue(self, low: float) -> None:
        self.setValues(low, self._high)

    def setMaximumValue(self, high: float) -> None:
        self.setValues(self._low, high)

    def setRange(self, minimum: float, maximum: float) -> None:
        self.setMinimum(minimum)
        self.setMaximum(maximum)

    def setValues(self, low: float, high: float) -> None:
        low, high = (min(max(float(one), self.minimum), self.maximum) for one in (low, high))
        if (low, high) != (self._low, self._high):
            self._low, self._high = low, high
            self._label.setText(f"{low:g} - {high:g}")
            self.valuesChanged.emit(low, high)
