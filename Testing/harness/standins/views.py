"""qMRML widgets that show nodes: what a panel gives them is recorded."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from .recording import Recording, kept, recorded


class _Shows(Recording, QWidget):
    setMRMLScene = recorded("setMRMLScene", keeps="mrmlScene")
    mrmlScene = kept("mrmlScene")


class qMRMLSegmentsTableView(_Shows):
    selectionChanged = Signal()
    setSegmentationNode = recorded("setSegmentationNode", keeps="segmentationNode")
    segmentationNode = kept("segmentationNode")


class qMRMLSubjectHierarchyTreeView(_Shows):
    currentItemChanged = Signal(object)
    setCurrentItem = recorded("setCurrentItem", keeps="currentItem")
    currentItem = kept("currentItem", 0)
    setRootItem = recorded("setRootItem", keeps="rootItem")


class qMRMLPlotWidget(_Shows):
    setMRMLPlotViewNode = recorded("setMRMLPlotViewNode", keeps="mrmlPlotViewNode")
    mrmlPlotViewNode = kept("mrmlPlotViewNode")


class qMRMLPlotView(_Shows):
    setMRMLPlotViewNode = recorded("setMRMLPlotViewNode", keeps="mrmlPlotViewNode")
    mrmlPlotViewNode = kept("mrmlPlotViewNode")
