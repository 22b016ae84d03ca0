"""Every stand-in by its class name, for `ctk`, `slicer` and the .ui loader."""

from __future__ import annotations

from types import ModuleType

from PySide6.QtWidgets import QWidget

from . import collapsible, mrml_widget, node_combo_box, numbers, paths, segment_editor, simple, views

_MODULES: tuple[ModuleType, ...] = (
    collapsible,
    mrml_widget,
    node_combo_box,
    numbers,
    paths,
    segment_editor,
    simple,
    views,
)

STAND_INS: dict[str, type[QWidget]] = {
    name: thing
    for module in _MODULES
    for name, thing in vars(module).items()
    if isinstance(thing, type) and name.startswith(("ctk", "qMRML", "qSlicer"))
}
