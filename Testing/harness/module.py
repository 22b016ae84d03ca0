"""Loads a scripted module as Slicer does: the module object, then its widget with `setup()`."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from .slicer_app import ModuleRepresentation, ScriptedModule, start


@dataclass
class LoadedModule:
    """A scripted module and its one widget.

    Attributes:
        python: the imported file.
        module: the instance of the module class, with `parent.title` and the other metadata.
        widget: the instance of the widget class (not a Qt object).
        container: the qMRMLWidget it fills; this is what to show or to take a picture of.
    """

    python: ModuleType
    module: Any
    widget: Any
    container: Any
    _is_entered: bool = False
    _is_closed: bool = False

    def enter(self) -> None:
        """Open the module, as choosing it in the module selector does."""
        if not self._is_entered:
            self._is_entered = True
            self.container.show()
            self.widget.enter()
            self._settle()

    def exit(self) -> None:
        """Leave for another module."""
        if self._is_entered:
            self._is_entered = False
            self.widget.exit()
            self.container.hide()
            self._settle()

    def close(self) -> None:
        """What the application does when it ends or reloads the module; may be called twice."""
        if self._is_closed:
            return
        self._is_closed = True
        self.exit()
        self.widget.cleanup()
        self.container.hide()
        self.container.deleteLater()
        self._settle()

    @staticmethod
    def _settle() -> None:
        start().processEvents()


def load_module(path: Path | str, *, size_px: tuple[int, int] = (520, 1000)) -> LoadedModule:
    """Import `path` (`Name.py` with the classes `Name` and `NameWidget`), build both and call `setup()`.

    The widget is not entered yet: call `enter()`; at the end `close()`, or use `module(path)`.

    Raises:
        ImportError: the file or one of its classes is not there.
    """
    start()
    path = Path(path).resolve()
    name = path.stem
    python = _imported(path)
    for needed in (name, f"{name}Widget"):
        if not hasattr(python, needed):
            raise ImportError(f"{path.name} has no class {needed}")
    return _built(python, name, path, size_px)


@contextmanager
def module(path: Path | str, *, size_px: tuple[int, int] = (520, 1000)) -> Iterator[LoadedModule]:
    """`load_module` and `enter()` now, `close()` at the end."""
    loaded = load_module(path, size_px=size_px)
    try:
        loaded.enter()
        yield loaded
    finally:
        loaded.close()


def _imported(path: Path) -> ModuleType:
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    return importlib.import_module(path.stem)


def _built(python: ModuleType, name: str, path: Path, size_px: tuple[int, int]) -> LoadedModule:
    import qt
    import slicer

    parent = SimpleNamespace(path=str(path), title="", icon=None)
    module_object = getattr(python, name)(parent)
    described = ScriptedModule(name=name, title=parent.title, path=str(path), representation=None)
    setattr(slicer.modules, name.lower(), described)
    setattr(slicer.modules, f"{name}Instance", module_object)
    container = slicer.qMRMLWidget()
    container.setObjectName(f"{name}ModuleWidget")
    container.setLayout(qt.QVBoxLayout())
    container.setMRMLScene(slicer.mrmlScene)
    container.resize(*size_px)
    widget = getattr(python, f"{name}Widget")(container)
    setattr(slicer.modules, f"{name}Widget", widget)
    described.representation = ModuleRepresentation(widget=widget)
    widget.setup()
    return LoadedModule(python=python, module=module_object, widget=widget, container=container)
