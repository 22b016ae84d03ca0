"""Stand-in of `slicer.app` (qSlicerApplication): what modules and `slicer.util` call on it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import slicer
from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtWidgets import QApplication

from .layout import LayoutManager


class ModuleManager(QObject):
    """Knows the modules by name; also plays its own factory manager."""

    moduleAboutToBeUnloaded = Signal(str)

    def factoryManager(self) -> ModuleManager:
        return self

    def module(self, name: str) -> Any:
        return getattr(slicer.modules, name.lower(), None)

    def isLoaded(self, name: str) -> bool:
        return self.module(name) is not None

    def loadedModulesNames(self) -> tuple[str, ...]:
        return tuple(getattr(one, "name", key) for key, one in vars(slicer.modules).items() if hasattr(one, "name"))

    modulesNames = loadedModulesNames


class Application(QObject):
    """The one application; settings go to a folder of their own, so a test never meets the user's."""

    startupCompleted = Signal()
    applicationName = "Slicer"
    majorVersion, minorVersion, revision = 5, 12, "0"
    documentationBaseUrl = "https://slicer.readthedocs.io"
    mainApplicationName = "Slicer"

    def __init__(self, scene: Any, application_logic: Any) -> None:
        self._qt = QApplication.instance() or QApplication(["Slicer"])
        super().__init__()
        self._scene = scene
        self._application_logic = application_logic
        self._folder = Path(tempfile.mkdtemp(prefix="slicer-harness-"))
        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        for scope in (QSettings.Scope.UserScope, QSettings.Scope.SystemScope):
            QSettings.setPath(QSettings.Format.IniFormat, scope, str(self._folder))
        self._settings = QSettings(str(self._folder / "Slicer.ini"), QSettings.Format.IniFormat)
        self._modules = ModuleManager()
        self._layout = LayoutManager(scene, application_logic)
        self._paused = 0

    @property
    def temporaryPath(self) -> str:
        return str(self._folder)

    slicerHome = defaultScenePath = temporaryPath

    def commandOptions(self) -> SimpleNamespace:
        return SimpleNamespace(testingEnabled=True, noMainWindow=True)

    def mrmlScene(self) -> Any:
        return self._scene

    def applicationLogic(self) -> Any:
        return self._application_logic

    def layoutManager(self) -> LayoutManager:
        return self._layout

    def moduleManager(self) -> ModuleManager:
        return self._modules

    def settings(self) -> QSettings:
        return self._settings

    userSettings = revisionUserSettings = settings

    def testingEnabled(self) -> bool:
        return True

    def processEvents(self, *_: object) -> None:
        self._qt.processEvents()

    def setOverrideCursor(self, cursor: Any) -> None:
        QApplication.setOverrideCursor(cursor)

    def restoreOverrideCursor(self) -> None:
        QApplication.restoreOverrideCursor()

    def pauseRender(self) -> None:
        self._paused += 1

    def resumeRender(self) -> None:
        if self._paused == 0:
            raise RuntimeError("resumeRender() without pauseRender()")
        self._paused -= 1

    def translate(self, _context: str, text: str) -> str:
        return text

    def moduleDocumentationUrl(self, name: str) -> str:
        return f"{self.documentationBaseUrl}/{name}"

    def startupEnvironment(self) -> Any:
        from PySide6.QtCore import QProcessEnvironment

        return QProcessEnvironment.systemEnvironment()

    def palette(self) -> Any:
        return QApplication.palette()

    def topLevelWidgets(self) -> list[Any]:
        return QApplication.topLevelWidgets()
