"""Starts the imitation: after `start()`, `import qt, ctk, slicer` work as inside Slicer."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .application import Application

_started: list[Application] = []


def start() -> Application:
    """Start once; later calls return the same application."""
    if not _started:
        _started.append(_start())
    return _started[0]


def reset_scene() -> None:
    """Empty the scene between tests, as File > Close does; the singletons (views, presets, colors) stay."""
    application = start()
    application.mrmlScene().Clear(False)
    application.processEvents()


def _start() -> Application:
    from PySide6.QtWidgets import QApplication

    from QualityFinetuneLib.scene import headless

    QApplication.instance() or QApplication(["Slicer"])
    scene = headless.start()
    _imitate_pythonqt()

    import slicer
    import slicer.util

    from . import parameter_nodes, scripted_module, support_modules
    from .qt_module import make_qt
    from .standins.catalogue import STAND_INS

    sys.modules["qt"] = make_qt()
    sys.modules["ctk"] = ctk = type(sys)("ctk")
    for name, one in STAND_INS.items():
        setattr(ctk if name.startswith("ctk") else slicer, name, one)
    _add("i18n", support_modules.make_i18n())
    _add("packaging", support_modules.make_packaging())
    _add("ScriptedLoadableModule", scripted_module.make_scripted_loadable_module())
    _add("parameterNodeWrapper", parameter_nodes.make_parameter_node_wrapper())
    slicer.qSlicerScriptedLoadableModule = ScriptedModule
    slicer.qSlicerScriptedLoadableModuleWidget = ModuleRepresentation

    from .application import Application

    application = Application(scene, slicer.app.applicationLogic())
    slicer.app = application
    slicer.moduleNames = SimpleNamespace()
    return application


class ScriptedModule(SimpleNamespace):
    """What `slicer.modules.<name>` is for a scripted module."""

    def widgetRepresentation(self) -> ModuleRepresentation | None:
        return self.representation


class ModuleRepresentation(SimpleNamespace):
    """What `widgetRepresentation()` returns; `self()` is the Python widget class's instance."""

    def self(self) -> Any:
        return self.widget


def _imitate_pythonqt() -> None:
    from .lookup import patch_lookup
    from .properties import patch_properties
    from .strictness import patch_strictness

    patch_properties()
    patch_lookup()
    patch_strictness()


def _add(name: str, module: Any) -> None:
    import slicer

    sys.modules[f"slicer.{name}"] = module
    setattr(slicer, name, module)
