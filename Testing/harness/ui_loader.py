"""Loads real .ui files with the stand-ins in place of ctk's and qMRML's classes."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

from PySide6 import QtUiTools
from PySide6.QtCore import QBuffer, QByteArray, QFile, QIODevice
from PySide6.QtWidgets import QWidget

from .standins.catalogue import STAND_INS

_alive: list[QWidget] = []
"""Python must own a stand-in as long as Qt does, or its methods vanish under Qt's feet."""


class QUiLoader(QtUiTools.QUiLoader):
    """Slicer's loader, as `slicer.util.loadUI` uses it."""

    def load(self, device: Any, parent: QWidget | None = None) -> QWidget:
        tree = ElementTree.fromstring(bytes(device.readAll().data()))
        _check_classes(tree)
        connections = _take_vtk_connections(tree)
        _drop_stand_in_enums(tree)
        buffer = QBuffer()
        buffer.setData(QByteArray(ElementTree.tostring(tree)))
        buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        widget = super().load(buffer, parent)
        if isinstance(device, QFile):
            device.close()
        for sender, signal, receiver, slot in connections:
            _named(widget, sender).connect(signal, _named(widget, receiver), slot)
        return widget

    def createWidget(self, class_name: str, parent: QWidget | None = None, name: str = "") -> QWidget:
        stand_in = STAND_INS.get(class_name)
        if stand_in is None:
            return super().createWidget(class_name, parent, name)
        widget = stand_in(parent) if parent is not None else stand_in()
        widget.setObjectName(name)
        _alive.append(widget)
        return widget


def _check_classes(tree: ElementTree.Element) -> None:
    """A class that Slicer has and the harness lacks must be named, not silently become a plain QWidget."""
    for element in tree.iter("widget"):
        name = element.get("class", "")
        if not name.startswith("Q") and name not in STAND_INS:
            raise NotImplementedError(f"the harness has no stand-in for {name}: add it to harness/standins")


def _take_vtk_connections(tree: ElementTree.Element) -> list[tuple[str, str, str, str]]:
    """Remove and return the connections that carry VTK pointers; Qt's loader cannot make them for Python classes."""
    taken = []
    connections = tree.find("connections")
    for connection in list(connections) if connections is not None else ():
        if "vtk" in connection.findtext("signal", ""):
            connections.remove(connection)
            taken.append(tuple(connection.findtext(part, "") for part in ("sender", "signal", "receiver", "slot")))
    return taken


def _named(widget: QWidget, name: str) -> QWidget:
    found = widget if widget.objectName == name else widget.findChild(QWidget, name)
    if found is None:
        raise ValueError(f"the .ui file connects {name}, which it does not contain")
    return found


def _drop_stand_in_enums(tree: ElementTree.Element) -> None:
    """Enum values of ctk's classes are unknown to Qt's loader."""
    for element in tree.iter("widget"):
        if element.get("class") not in STAND_INS:
            continue
        for entry in element.findall("property"):
            value = entry.find("set") if entry.find("set") is not None else entry.find("enum")
            if value is not None and (value.text or "").startswith(("ctk", "qMRML")):
                element.remove(entry)
