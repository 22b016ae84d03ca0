"""qMRMLWidget: takes the scene and tells those connected to it, and only those: a child that the .ui file forgot to
connect gets no scene, as in Slicer."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget


class qMRMLWidget(QWidget):
    mrmlSceneChanged = Signal(object)

    def setMRMLScene(self, scene: Any) -> None:
        self._scene = scene
        self.mrmlSceneChanged.emit(scene)

    def mrmlScene(self) -> Any:
        return self.__dict__.get("_scene")


class qSlicerWidget(qMRMLWidget):
    pass
