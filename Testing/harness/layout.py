"""Stand-in of the layout manager: the three slice views' nodes and logics, without their windows."""

from __future__ import annotations

from typing import Any

import slicer
import vtk

SLICE_VIEWS = (("Red", "Axial"), ("Yellow", "Sagittal"), ("Green", "Coronal"))
COLORS = {"Red": (0.95, 0.29, 0.2), "Yellow": (0.93, 0.84, 0.3), "Green": (0.43, 0.69, 0.29)}
VIEW_SIZE_PX = (512, 512)


class SliceWidget:
    """What `layoutManager().sliceWidget(name)` returns."""

    def __init__(self, logic: Any) -> None:
        self._logic = logic

    def sliceLogic(self) -> Any:
        return self._logic

    def mrmlSliceNode(self) -> Any:
        return self._logic.GetSliceNode()

    def mrmlSliceCompositeNode(self) -> Any:
        return self._logic.GetSliceCompositeNode()


class LayoutManager:
    """Slice views that live in the scene: moved, linked and read back as in Slicer, only never painted."""

    def __init__(self, scene: Any, application_logic: Any) -> None:
        self._scene = scene
        self._logic = slicer.vtkMRMLLayoutLogic()
        self._logic.SetMRMLScene(scene)
        self._logics = application_logic.GetSliceLogics() or vtk.vtkCollection()
        self._widgets = {name: self._slice_view(name, orientation) for name, orientation in SLICE_VIEWS}
        application_logic.SetSliceLogics(self._logics)

    @property
    def layout(self) -> int:
        node = self._logic.GetLayoutNode()
        return node.GetViewArrangement() if node is not None else 0

    def setLayout(self, layout: int) -> None:
        self._logic.GetLayoutNode().SetViewArrangement(layout)

    def layoutLogic(self) -> Any:
        return self._logic

    def sliceViewNames(self) -> tuple[str, ...]:
        return tuple(self._widgets)

    def sliceWidget(self, name: str) -> SliceWidget | None:
        return self._widgets.get(name)

    def mrmlSliceLogics(self) -> Any:
        return self._logics

    def resetSliceViews(self) -> None:
        for widget in self._widgets.values():
            widget.sliceLogic().FitSliceToBackground()

    def _slice_view(self, name: str, orientation: str) -> SliceWidget:
        logic = slicer.vtkMRMLSliceLogic()
        logic.SetMRMLScene(self._scene)
        self._logics.AddItem(logic)
        # The layout logic has made the nodes of its layout; adding one of the same tag again would leave it outside.
        node = self._scene.GetSingletonNode(name, "vtkMRMLSliceNode")
        if node is None:
            node = logic.AddSliceNode(name)
        else:
            logic.SetSliceNode(node)
        node.SetLayoutLabel(name[0])
        node.SetLayoutColor(*COLORS[name])
        node.SetOrientation(orientation)
        node.SetMappedInLayout(1)
        logic.ResizeSliceNode(*VIEW_SIZE_PX)
        return SliceWidget(logic)
