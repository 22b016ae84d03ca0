"""Slicer's own editing tools inside the panel, with a parameter node of their own."""

from __future__ import annotations

from typing import Any

import slicer

NODE_TAG = "QualityFinetuneSegmentEditor"
EFFECTS = ("Paint", "Draw", "Erase", "Level tracing", "Scissors", "Smoothing", "Islands", "Fill between slices")
UNDO_STATES = 20


class SegmentEditor:
    """A qMRMLSegmentEditorWidget, made when it is first needed because it is heavy.

    Args:
        scene: the vtkMRMLScene.
        layout: where the widget goes.
    """

    def __init__(self, scene: Any, layout: Any) -> None:
        self.scene = scene
        self.widget: Any = None
        self.node: Any = None
        self._layout = layout
        self._open = False

    @property
    def is_open(self) -> bool:
        """True between `open` and `close`."""
        return self._open

    def open(self, segmentation: Any, volume: Any) -> None:
        """Edit `segmentation` over `volume`, both on the T2w grid."""
        self._make()
        self._open = True
        self.widget.setSegmentationNode(segmentation)
        self.widget.setSourceVolumeNode(volume)
        self.widget.setupViewObservations()
        self.widget.installKeyboardShortcuts(slicer.util.mainWindow() or self.widget)
        if segmentation.GetSegmentation().GetNumberOfSegments():
            self.widget.setCurrentSegmentID(segmentation.GetSegmentation().GetNthSegmentID(0))

    def close(self) -> None:
        """Put the tools down: no effect, no keys, no view is watched."""
        if self.widget is None or not self._open:
            return
        self._open = False
        self.widget.setActiveEffect(None)
        self.widget.uninstallKeyboardShortcuts()
        self.widget.removeViewObservations()
        self.widget.setSegmentationNode(None)

    def scene_closed(self) -> None:
        """The scene took the parameter node with it; the next `open` makes another."""
        self.close()
        self.node = None

    def cleanup(self) -> None:
        """Let go of the scene."""
        self.close()
        if self.widget is not None:
            self.widget.setMRMLSegmentEditorNode(None)
        if self.node is not None and self.scene.IsNodePresent(self.node):
            self.scene.RemoveNode(self.node)
        self.widget, self.node = None, None

    def _make(self) -> None:
        if self.widget is None:
            self.widget = slicer.qMRMLSegmentEditorWidget()
            self.widget.setMaximumNumberOfUndoStates(UNDO_STATES)
            # By itself the editor would show the T2w in every view, in place of the ADC and the high b beside it.
            self.widget.setAutoShowSourceVolumeNode(False)
            self._layout.addWidget(self.widget)
            # The node before the scene: what the widget selects by itself then goes into the node.
            self._give_node()
            self.widget.setMRMLScene(self.scene)
            self.widget.setEffectNameOrder(list(EFFECTS))
            self.widget.unorderedEffectsVisible = False
            self.widget.setSegmentationNodeSelectorVisible(False)
            self.widget.setSourceVolumeNodeSelectorVisible(False)
            self.widget.setSwitchToSegmentationsButtonVisible(False)
            # The task fixes which structures there are.
            self.widget.setAddRemoveSegmentButtonsVisible(False)
            self.widget.setAccessibleName("Segment Editor")
        elif self.node is None or not self.scene.IsNodePresent(self.node):
            self._give_node()

    def _give_node(self) -> None:
        node = self.scene.GetSingletonNode(NODE_TAG, "vtkMRMLSegmentEditorNode")
        if node is None:
            node = slicer.vtkMRMLSegmentEditorNode()
            node.SetSingletonTag(NODE_TAG)
            node = self.scene.AddNode(node)
        self.node = node
        self.widget.setMRMLSegmentEditorNode(node)
