"""qMRMLSegmentEditorWidget: the editor itself needs Slicer, so what a panel asks of it is recorded."""

from __future__ import annotations

from typing import Any

import slicer
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from .recording import Recording, kept, recorded
from .stored import parent_among, stored


class qMRMLSegmentEditorWidget(Recording, QWidget):
    currentSegmentIDChanged = Signal(str)
    segmentationNodeChanged = Signal(object)
    sourceVolumeNodeChanged = Signal(object)

    def __init__(self, *arguments: Any) -> None:
        QWidget.__init__(self, parent_among(arguments))
        column = QVBoxLayout(self)
        self._label = QLabel("Segment Editor", self)
        column.addWidget(self._label)

    segmentationNodeSelectorVisible, setSegmentationNodeSelectorVisible = stored(
        bool, "segmentationNodeSelectorVisible", True
    )
    sourceVolumeNodeSelectorVisible, setSourceVolumeNodeSelectorVisible = stored(
        bool, "sourceVolumeNodeSelectorVisible", True
    )
    switchToSegmentationsButtonVisible, setSwitchToSegmentationsButtonVisible = stored(
        bool, "switchToSegmentationsButtonVisible", True
    )
    addRemoveSegmentButtonsVisible, setAddRemoveSegmentButtonsVisible = stored(
        bool, "addRemoveSegmentButtonsVisible", True
    )
    show3DButtonVisible, setShow3DButtonVisible = stored(bool, "show3DButtonVisible", True)
    unorderedEffectsVisible, setUnorderedEffectsVisible = stored(bool, "unorderedEffectsVisible", True)
    maximumNumberOfUndoStates, setMaximumNumberOfUndoStates = stored(int, "maximumNumberOfUndoStates", 10)
    autoShowSourceVolumeNode, setAutoShowSourceVolumeNode = stored(bool, "autoShowSourceVolumeNode", True)
    effectColumnCount, setEffectColumnCount = stored(int, "effectColumnCount", 2)
    readOnly, setReadOnly = stored(bool, "readOnly", False)

    setMRMLScene = recorded("setMRMLScene", keeps="mrmlScene")
    mrmlScene = kept("mrmlScene")
    setMRMLSegmentEditorNode = recorded("setMRMLSegmentEditorNode", keeps="mrmlSegmentEditorNode")
    mrmlSegmentEditorNode = kept("mrmlSegmentEditorNode")
    setEffectNameOrder = recorded("setEffectNameOrder", keeps="effectNameOrder")
    setActiveEffectByName = recorded("setActiveEffectByName", keeps="activeEffectName")
    setupViewObservations = recorded("setupViewObservations")
    removeViewObservations = recorded("removeViewObservations")
    installKeyboardShortcuts = recorded("installKeyboardShortcuts")
    uninstallKeyboardShortcuts = recorded("uninstallKeyboardShortcuts")
    rotateSliceViewsToSegmentation = recorded("rotateSliceViewsToSegmentation")
    updateWidgetFromMRML = recorded("updateWidgetFromMRML")
    saveStateForUndo = recorded("saveStateForUndo")
    undo = recorded("undo")
    redo = recorded("redo")

    def setSegmentationNode(self, node: Any) -> None:
        self._needs_editor_node("setSegmentationNode")
        self.calls.append(("setSegmentationNode", (node,)))
        self.mrmlSegmentEditorNode().SetAndObserveSegmentationNode(node)
        self.segmentationNodeChanged.emit(node)

    def segmentationNode(self) -> Any:
        editor = self.mrmlSegmentEditorNode()
        return editor.GetSegmentationNode() if editor is not None else None

    def setSourceVolumeNode(self, node: Any) -> None:
        self._needs_editor_node("setSourceVolumeNode")
        self.calls.append(("setSourceVolumeNode", (node,)))
        self.mrmlSegmentEditorNode().SetAndObserveSourceVolumeNode(node)
        if node is not None and self.autoShowSourceVolumeNode:
            _show_in_every_view(node)
        self.sourceVolumeNodeChanged.emit(node)

    def sourceVolumeNode(self) -> Any:
        editor = self.mrmlSegmentEditorNode()
        return editor.GetSourceVolumeNode() if editor is not None else None

    def setCurrentSegmentID(self, segment_id: str) -> None:
        self._needs_editor_node("setCurrentSegmentID")
        self.mrmlSegmentEditorNode().SetSelectedSegmentID(segment_id)
        self.currentSegmentIDChanged.emit(segment_id)

    def currentSegmentID(self) -> str:
        """A method, not a property, in Slicer."""
        editor = self.mrmlSegmentEditorNode()
        return (editor.GetSelectedSegmentID() or "") if editor is not None else ""

    def setActiveEffect(self, effect: Any) -> None:
        if effect is not None:
            raise ValueError(f"setActiveEffect takes an effect or None, not {effect!r}; see setActiveEffectByName")
        self.calls.append(("setActiveEffect", (None,)))

    def _needs_editor_node(self, method: str) -> None:
        if self.mrmlSegmentEditorNode() is None:
            raise RuntimeError(f"{method} before setMRMLSegmentEditorNode has no effect in Slicer")


def _show_in_every_view(volume: Any) -> None:
    """What the real editor does by itself where a view shows the volume neither below nor above."""
    logics = slicer.app.layoutManager().mrmlSliceLogics()
    for index in range(logics.GetNumberOfItems()):
        composite = logics.GetItemAsObject(index).GetSliceCompositeNode()
        if volume.GetID() not in (composite.GetBackgroundVolumeID(), composite.GetForegroundVolumeID()):
            composite.SetBackgroundVolumeID(volume.GetID())
            composite.SetForegroundVolumeID(None)
            composite.SetLabelVolumeID(None)
