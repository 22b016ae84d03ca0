"""qMRMLNodeComboBox: chooses a node of the scene, and follows it."""

from __future__ import annotations

import weakref
from typing import Any

import slicer
from PySide6.QtCore import Property, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from .stored import parent_among, stored


class qMRMLNodeComboBox(QWidget):
    currentNodeChanged = Signal(object)
    currentNodeIDChanged = Signal(str)
    nodeAddedByUser = Signal(object)
    nodeAdded = Signal(object)
    nodeActivated = Signal(object)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(parent_among(arguments))
        self._scene: Any = None
        self._observers: list[int] = []
        self._node: Any = None
        self._attributes: list[tuple[str, str, str | None]] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self._box = QComboBox(self)
        row.addWidget(self._box)
        self._box.activated.connect(lambda index: self.setCurrentNodeID(self._box.itemData(index) or ""))

    nodeTypes, setNodeTypes = stored(list, "nodeTypes", (), then="_refresh")
    hideChildNodeTypes, setHideChildNodeTypes = stored(list, "hideChildNodeTypes", (), then="_refresh")
    showChildNodeTypes, setShowChildNodeTypes = stored(bool, "showChildNodeTypes", True, then="_refresh")
    showHidden, setShowHidden = stored(bool, "showHidden", False, then="_refresh")
    noneEnabled, setNoneEnabled = stored(bool, "noneEnabled", False, then="_refresh")
    noneDisplay, setNoneDisplay = stored(str, "noneDisplay", "None", then="_refresh")
    addEnabled, setAddEnabled = stored(bool, "addEnabled", True)
    removeEnabled, setRemoveEnabled = stored(bool, "removeEnabled", True)
    editEnabled, setEditEnabled = stored(bool, "editEnabled", False)
    renameEnabled, setRenameEnabled = stored(bool, "renameEnabled", False)
    selectNodeUponCreation, setSelectNodeUponCreation = stored(bool, "selectNodeUponCreation", True)
    baseName, setBaseName = stored(str, "baseName", "")
    currentNodeID = Property(
        str,
        lambda self: self._node.GetID() if self._node is not None else "",
        lambda self, node_id: self.setCurrentNodeID(node_id),
    )

    def setMRMLScene(self, scene: Any) -> None:
        if scene is self._scene:
            return
        for tag in self._observers:
            self._scene.RemoveObserver(tag)
        self._scene, self._observers = scene, []
        if scene is not None:
            ours = weakref.ref(self)

            def follow(*_: Any) -> None:
                if (box := ours()) is not None:
                    box._refresh()

            kind = slicer.vtkMRMLScene
            events = (kind.NodeAddedEvent, kind.NodeRemovedEvent, kind.EndCloseEvent, kind.EndImportEvent)
            self._observers = [scene.AddObserver(event, follow) for event in events]
        self._refresh()

    def mrmlScene(self) -> Any:
        return self._scene

    def addAttribute(self, node_type: str, attribute: str, value: str | None = None) -> None:
        self._attributes.append((node_type, attribute, value))
        self._refresh()

    def nodeCount(self) -> int:
        return len(self._nodes())

    def currentNode(self) -> Any:
        return self._node

    def setCurrentNode(self, node: Any) -> None:
        self._choose(node if node is not None and node in self._nodes() else None)

    def setCurrentNodeID(self, node_id: str) -> None:
        self.setCurrentNode(self._scene.GetNodeByID(node_id) if self._scene is not None and node_id else None)

    def addNode(self, class_name: str | None = None) -> Any:
        kind = class_name or self.nodeTypes[0]
        name = self.baseName or kind.removeprefix("vtkMRML").removesuffix("Node")
        node = self._scene.AddNewNodeByClass(kind, self._scene.GenerateUniqueName(name))
        self.nodeAddedByUser.emit(node)
        if self.selectNodeUponCreation:
            self.setCurrentNode(node)
        return node

    def _nodes(self) -> list[Any]:
        if self._scene is None:
            return []
        every = (self._scene.GetNthNode(index) for index in range(self._scene.GetNumberOfNodes()))
        return [node for node in every if self._is_offered(node)]

    def _is_offered(self, node: Any) -> bool:
        if node.GetHideFromEditors() and not self.showHidden:
            return False
        if self.showChildNodeTypes:
            wanted = any(node.IsA(kind) for kind in self.nodeTypes)
        else:
            wanted = node.GetClassName() in self.nodeTypes
        hidden = any(node.IsA(kind) for kind in self.hideChildNodeTypes)
        return wanted and not hidden and all(self._has(node, *one) for one in self._attributes)

    @staticmethod
    def _has(node: Any, kind: str, attribute: str, value: str | None) -> bool:
        if not node.IsA(kind):
            return True
        found = node.GetAttribute(attribute)
        return found is not None and (value is None or found == str(value))

    def _refresh(self) -> None:
        nodes = self._nodes()
        node = self._node if self._node in nodes else None
        if node is None and nodes and not self.noneEnabled:
            node = nodes[0]
        self._box.blockSignals(True)
        self._box.clear()
        if self.noneEnabled:
            self._box.addItem(self.noneDisplay, "")
        for one in nodes:
            self._box.addItem(one.GetName(), one.GetID())
        self._box.blockSignals(False)
        self._choose(node)

    def _choose(self, node: Any) -> None:
        self._box.setCurrentIndex(self._box.findData(node.GetID() if node is not None else ""))
        if node is self._node:
            return
        self._node = node
        self.currentNodeChanged.emit(node)
        self.currentNodeIDChanged.emit(self.currentNodeID)
