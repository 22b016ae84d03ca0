"""`slicer.parameterNodeWrapper`: a class of annotated values kept in a parameter node, and bound to widgets.

A value is stored as the node's parameter (text), a node as its reference. A widget is bound by the dynamic property
`SlicerParameterName` in the .ui file. Types: str, int, float, bool, Path, enums, lists of these, and MRML nodes.
"""

from __future__ import annotations

import enum
import json
import types
import typing
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

BINDINGS: tuple[tuple[str, str, str], ...] = (
    # (class, property, signal that tells of a change); the first that fits is used
    ("qMRMLNodeComboBox", "", "currentNodeChanged(vtkMRMLNode*)"),
    ("ctkPathLineEdit", "currentPath", "currentPathChanged(QString)"),
    ("ctkDirectoryButton", "directory", "directoryChanged(QString)"),
    ("ctkSliderWidget", "value", "valueChanged(double)"),
    ("ctkDoubleSpinBox", "value", "valueChanged(double)"),
    ("QCheckBox", "checked", "toggled(bool)"),
    ("QAbstractButton", "checked", "toggled(bool)"),
    ("QSpinBox", "value", "valueChanged(int)"),
    ("QDoubleSpinBox", "value", "valueChanged(double)"),
    ("QSlider", "value", "valueChanged(int)"),
    ("QLineEdit", "text", "textChanged(QString)"),
    ("QComboBox", "currentText", "currentTextChanged(QString)"),
)

VALIDATORS = (
    "WithinRange",
    "Default",
    "Choice",
    "Decimals",
    "SingleStep",
    "Minimum",
    "Maximum",
    "Exclude",
    "NotNone",
)
"""Names that annotations may carry; but for Default they are accepted and not enforced."""


def parameterNodeWrapper(wrapped: type) -> type:
    """Class decorator: each annotation becomes a property stored in the node."""
    hints = typing.get_type_hints(wrapped, include_extras=True)
    for name, hint in hints.items():
        setattr(wrapped, name, _parameter(name, _Kind(hint), wrapped.__dict__.get(name)))
    wrapped.__init__ = _initialise
    wrapped.allParameters = dict(hints)
    wrapped.connectGui = _connect_gui
    wrapped.disconnectGui = _disconnect_gui
    wrapped.AddObserver = lambda self, event, method: self.parameterNode.AddObserver(event, method)
    wrapped.RemoveObserver = lambda self, tag: self.parameterNode.RemoveObserver(tag)
    wrapped.StartModify = lambda self: self.parameterNode.StartModify()
    wrapped.EndModify = lambda self, was: self.parameterNode.EndModify(was)
    wrapped.Modified = lambda self: self.parameterNode.Modified()
    wrapped.getParameterTypes = lambda self: hints
    return wrapped


class _Kind:
    """How one annotated type is written to a node and read back."""

    def __init__(self, hint: Any) -> None:
        self.first: Any = None
        if typing.get_origin(hint) is typing.Annotated:
            hint, *validators = typing.get_args(hint)
            self.first = next((one.values[0] for one in validators if type(one).__name__ == "Default"), None)
        if typing.get_origin(hint) in (typing.Union, types.UnionType):
            hint = next(one for one in typing.get_args(hint) if one is not type(None))
        self.hint = hint
        self.is_node = isinstance(hint, type) and hint.__name__.startswith("vtkMRML")
        known = (str, int, float, bool, Path)
        part = typing.get_args(hint)[0] if typing.get_origin(hint) is list else hint
        if not (self.is_node or part in known or (isinstance(part, type) and issubclass(part, enum.Enum))):
            raise TypeError(f"parameterNodeWrapper cannot store {hint}")
        self._part = part
        self._is_list = part is not hint

    def default(self) -> Any:
        if self.is_node or self.first is not None:
            return self.first
        if self._is_list:
            return []
        return next(iter(self._part)) if issubclass(self._part, enum.Enum) else self._part()

    def checked(self, name: str, value: Any) -> Any:
        if self.is_node:
            if value is not None and not isinstance(value, self.hint):
                raise TypeError(f"{name} is a {self.hint.__name__}, not {type(value).__name__}")
            return value
        if self._is_list:
            return [self._one(name, each) for each in value]
        return self._one(name, value)

    def _one(self, name: str, value: Any) -> Any:
        if self._part is float and type(value) is int:
            return float(value)
        if not isinstance(value, self._part) or (self._part is int and isinstance(value, bool)):
            raise TypeError(f"{name} is a {self._part.__name__}, not {type(value).__name__}")
        return value

    def to_text(self, value: Any) -> str:
        return json.dumps([self._plain(one) for one in value] if self._is_list else self._plain(value))

    def from_text(self, text: str) -> Any:
        value = json.loads(text)
        return [self._full(one) for one in value] if self._is_list else self._full(value)

    def _plain(self, value: Any) -> Any:
        if isinstance(value, enum.Enum):
            return value.name
        return str(value) if isinstance(value, Path) else value

    def _full(self, value: Any) -> Any:
        return self._part[value] if issubclass(self._part, enum.Enum) else self._part(value)


def _parameter(name: str, kind: _Kind, default: Any) -> property:
    def get(self: Any) -> Any:
        if kind.is_node:
            return self.parameterNode.GetNodeReference(name)
        text = self.parameterNode.GetParameter(name)
        return kind.from_text(text) if text else (kind.default() if default is None else default)

    def put(self: Any, value: Any) -> None:
        value = kind.checked(name, value)
        if kind.is_node:
            self.parameterNode.SetNodeReferenceID(name, value.GetID() if value is not None else None)
        else:
            self.parameterNode.SetParameter(name, kind.to_text(value))

    found = property(get, put)
    found.fget.kind = kind  # type: ignore[attr-defined]
    return found


def _initialise(self: Any, parameter_node: Any, prefix: str | None = None) -> None:
    self.parameterNode = parameter_node
    self._gui: dict[int, list[Callable[[], None]]] = {}


def _connect_gui(self: Any, ui: Any) -> int:
    """Bind every widget whose `SlicerParameterName` names a parameter; returns a tag for `disconnectGui`."""
    undo: list[Callable[[], None]] = []
    reads: list[Callable[[], None]] = []
    for widget in vars(ui).values():
        name = widget.property("SlicerParameterName") if hasattr(widget, "property") else None
        if not name:
            continue
        if name not in self.allParameters:
            raise ValueError(f"SlicerParameterName '{name}' is no parameter of {type(self).__name__}")
        reads.append(_bind(self, name, widget, undo))
    import vtk

    tag = self.parameterNode.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: [read() for read in reads])
    undo.append(lambda: self.parameterNode.RemoveObserver(tag))
    key = max(self._gui, default=0) + 1
    self._gui[key] = undo
    for read in reads:
        read()
    return key


def _disconnect_gui(self: Any, tag: int) -> None:
    for step in self._gui.pop(tag):
        step()


def _bind(self: Any, name: str, widget: Any, undo: list[Callable[[], None]]) -> Callable[[], None]:
    classes = {one.__name__ for one in type(widget).__mro__}
    found = next((one for one in BINDINGS if one[0] in classes), None)
    if found is None:
        raise ValueError(f"parameterNodeWrapper cannot bind a {type(widget).__name__} ({name})")
    _, prop, signal = found
    kind = getattr(type(self), name).fget.kind

    def read() -> None:
        value = getattr(self, name)
        if not prop:
            widget.setCurrentNode(value)
            return
        shown = value.value if isinstance(value, enum.Enum) else value
        shown = ("" if value == Path() else str(value)) if isinstance(value, Path) else shown
        if getattr(widget, prop) != shown:
            setattr(widget, prop, shown)

    def write(*_: Any) -> None:
        value = widget.currentNode() if not prop else getattr(widget, prop)
        if isinstance(kind.hint, type) and issubclass(kind.hint, enum.Enum | Path):
            value = kind.hint(value)
        if value != getattr(self, name):
            setattr(self, name, value)

    widget.connect(signal, write)
    undo.append(lambda: widget.disconnect(signal, write))
    return read


def _keep_values(self: Any, *values: Any) -> None:
    self.values = values


def make_parameter_node_wrapper() -> ModuleType:
    """The module with the decorator and the validators that annotations name."""
    module = ModuleType("slicer.parameterNodeWrapper")
    module.parameterNodeWrapper = parameterNodeWrapper
    for name in VALIDATORS:
        setattr(module, name, type(name, (), {"__init__": _keep_values}))
    module.__all__ = [name for name in vars(module) if not name.startswith("_")]
    return module
