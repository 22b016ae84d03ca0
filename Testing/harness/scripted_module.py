"""`slicer.ScriptedLoadableModule`: the base classes that a scripted module derives from."""

from __future__ import annotations

import importlib.util
import logging
import sys
import unittest
from pathlib import Path
from types import ModuleType
from typing import Any

import slicer


class ScriptedLoadableModule:
    def __init__(self, parent: Any) -> None:
        self.parent = parent
        self.moduleName = type(self).__name__
        parent.title = ""
        parent.categories = []
        parent.dependencies = []
        parent.contributors = []
        parent.helpText = ""
        parent.acknowledgementText = ""

    def resourcePath(self, filename: str) -> str:
        return str(Path(self.parent.path).parent / "Resources" / filename)

    def getDefaultModuleDocumentationLink(self) -> str:
        return f"https://slicer.readthedocs.io/{self.moduleName}"

    def runTest(self, **_: Any) -> None:
        """Run by Slicer's self-test button only."""


class ScriptedLoadableModuleWidget:
    def __init__(self, parent: Any = None) -> None:
        if parent is None:
            raise TypeError("the harness gives every module widget its parent, as Slicer does")
        self.moduleName = type(self).__name__.removesuffix("Widget")
        self.developerMode = False
        self.parent = parent
        self.layout = parent.layout()

    def resourcePath(self, filename: str) -> str:
        return str(Path(slicer.util.modulePath(self.moduleName)).parent / "Resources" / filename)

    def setup(self) -> None:
        """The reload section that Slicer adds here exists in developer mode only."""

    def cleanup(self) -> None:
        pass

    def enter(self) -> None:
        pass

    def exit(self) -> None:
        pass

    def setParent(self, parent: Any) -> None:
        self.parent = parent

    def onReload(self) -> None:
        """The file is read anew, and a new widget set up in the same place; nobody enters it."""
        name, path = self.moduleName, slicer.util.modulePath(self.moduleName)
        spec = importlib.util.spec_from_file_location(name, path)
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.cleanup()
        while self.layout.count():
            item = self.layout.takeAt(0)
            if item.widget() is not None:
                item.widget().hide()
        widget = getattr(module, f"{name}Widget")(self.parent)
        setattr(slicer.modules, f"{name}Widget", widget)
        widget.setup()


class ScriptedLoadableModuleLogic:
    def __init__(self, parent: Any = None) -> None:
        self.moduleName = type(self).__name__.removesuffix("Logic")
        self.isSingletonParameterNode = True

    def getParameterNode(self) -> Any:
        node = slicer.mrmlScene.GetSingletonNode(self.moduleName, "vtkMRMLScriptedModuleNode")
        return node if node is not None else slicer.mrmlScene.AddNode(self.createParameterNode())

    def createParameterNode(self) -> Any:
        node = slicer.vtkMRMLScriptedModuleNode()
        node.SetSingletonTag(self.moduleName)
        node.SetModuleName(self.moduleName)
        node.SetName(slicer.mrmlScene.GenerateUniqueName(self.moduleName))
        return node


class ScriptedLoadableModuleTest(unittest.TestCase):
    def delayDisplay(self, message: str, *_: Any, **__: Any) -> None:
        logging.getLogger(__name__).info(message)


def make_scripted_loadable_module() -> ModuleType:
    """The module; `from slicer.ScriptedLoadableModule import *` brings the four classes."""
    module = ModuleType("slicer.ScriptedLoadableModule")
    classes = (
        ScriptedLoadableModule,
        ScriptedLoadableModuleWidget,
        ScriptedLoadableModuleLogic,
        ScriptedLoadableModuleTest,
    )
    for one in classes:
        setattr(module, one.__name__, one)
    module.__all__ = [one.__name__ for one in classes]
    return module
