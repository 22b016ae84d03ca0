"""The images: brings cases and segmentations into Slicer's views through the scene layer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import slicer

from ..cases.roles import Role
from ..cases.tasks import Task
from ..scene.case_nodes import CaseNodes, ShownCase
from ..scene.segmentations import empty_segmentation, save_segmentation, show_annotation
from ..scene.views import center_on
from ..study.records import Annotation, Case
from ..study.study import Study
from .arrangements import LAYOUT, LAYOUT_ID, VIEWS, arrangement_named, offered


class Stage:
    """What the slice views show. One case at a time; nodes of others leave the scene, the user's own stay.

    Args:
        scene: the vtkMRMLScene.
        layout_manager: None where Slicer runs without a window; nodes are made all the same.
    """

    def __init__(self, scene: Any, *, layout_manager: Any = None) -> None:
        self.scene = scene
        self.arrangement = "diffusion"
        self.shown: ShownCase | None = None
        self.segmentation: Any = None
        self._nodes = CaseNodes(scene)
        self._layout_manager = layout_manager
        self._layout_before: int | None = None
        self._orientations: dict[str, str] = {}
        self._case_id: int | None = None
        self._annotation_id: int | None = None
        self._fill = 0.25
        self._outline = True

    # ------------------------------------------------------------------ views

    def enter(self) -> None:
        """Take over the layout; what was there is remembered."""
        manager = self._layout_manager
        if manager is None:
            return
        layout_node = manager.layoutLogic().GetLayoutNode()
        if not layout_node.IsLayoutDescription(LAYOUT_ID):
            layout_node.AddLayoutDescription(LAYOUT_ID, LAYOUT)
        if manager.layout != LAYOUT_ID:
            self._layout_before = manager.layout
            self._orientations = {
                view: node.GetOrientation() for view in VIEWS if (node := self._slice_node(view)) is not None
            }
            manager.setLayout(LAYOUT_ID)

    def exit(self) -> None:
        """Give the layout back, unless the user chose another one meanwhile."""
        manager, before = self._layout_manager, self._layout_before
        self._layout_before = None
        if manager is None or before is None or manager.layout != LAYOUT_ID:
            return
        for view, orientation in self._orientations.items():
            node = self._slice_node(view)
            if node is not None:
                node.SetOrientation(orientation)
        manager.setLayout(before)

    def arrangements(self, study: Study, case: Case) -> list[tuple[str, str]]:
        """What can be shown of a case, as (text, name)."""
        return [(one.text, one.name) for one in offered(study.cases.series(case.id))]

    def positions(self) -> tuple[float, ...]:
        """Where the views stand; changes when somebody scrolls."""
        nodes = (self._slice_node(view) for view in VIEWS)
        return tuple(node.GetSliceOffset() for node in nodes if node is not None)

    # ------------------------------------------------------------------ cases

    def show_case(self, study: Study, case: Case, *, arrangement: str) -> ShownCase:
        """Show a case; the same one again only rearranges the views and keeps where they stand.

        Raises:
            UserError: when a series of the case cannot be read.
        """
        names = [one.name for one in offered(study.cases.series(case.id))]
        name = arrangement if arrangement in names else names[0]
        fresh = self.shown is None or self._case_id != case.id
        with self._rendering_paused():
            if fresh:
                self.clear()
                self.shown = self._nodes.show(study, case)
                self._case_id = case.id
            assert self.shown is not None
            self._arrange(name)
            if fresh:
                self._center()
        self.arrangement = arrangement
        return self.shown

    def clear(self) -> None:
        """Take the case out of the scene."""
        self.hide_annotation()
        self._nodes.clear()
        self.forget()

    def forget(self) -> None:
        """The scene was closed: its nodes are gone already."""
        self.shown, self.segmentation = None, None
        self._case_id, self._annotation_id = None, None

    @property
    def t2w(self) -> Any:
        """The volume node of the axial T2w, None while no case is shown."""
        return self.shown.volumes.get(Role.T2W) if self.shown is not None else None

    # ------------------------------------------------------------------ segmentations

    def show_annotation(self, study: Study, annotation: Annotation, task: Task) -> Any:
        """Show a segmentation over the images; returns its node."""
        if self._annotation_id != annotation.id or self.segmentation is None:
            self.hide_annotation()
            self.segmentation = show_annotation(self.scene, study, annotation, task)
            self._annotation_id = annotation.id
            self._apply_display()
            self._center()
        return self.segmentation

    def show_empty(self, study: Study, case: Case, task: Task) -> Any:
        """An empty segmentation of the task to draw into; returns its node."""
        self.hide_annotation()
        self.segmentation = empty_segmentation(self.scene, self.t2w, task)
        self._apply_display()
        return self.segmentation

    def hide_annotation(self) -> None:
        """Take the segmentation out of the scene; what is saved stays in the study."""
        node, self.segmentation, self._annotation_id = self.segmentation, None, None
        if node is not None and self.scene.IsNodePresent(node):
            self.scene.RemoveNode(node)

    def save_annotation(self, path: Path, task: Task) -> None:
        """Write what is drawn now as a label map on the T2w grid."""
        save_segmentation(self.segmentation, path, self.t2w, task)

    def set_fill(self, opacity: float) -> None:
        """How strongly structures are filled, 0 to 1; the outline stays."""
        self._fill = opacity
        self._apply_display()

    def set_visible(self, on: bool) -> None:
        """Show or hide the segmentation."""
        self._outline = on
        self._apply_display()

    # ------------------------------------------------------------------ inside

    def _apply_display(self) -> None:
        display = self.segmentation.GetDisplayNode() if self.segmentation is not None else None
        if display is not None:
            display.SetVisibility(self._outline)
            display.SetOpacity2DFill(self._fill)
            display.SetOpacity2DOutline(1.0)

    def _arrange(self, name: str) -> None:
        if self._layout_manager is None or self.shown is None:
            return
        arrangement = arrangement_named(name)
        views = zip(VIEWS, arrangement.roles, arrangement.orientations, strict=True)
        for view, role, orientation in views:
            widget = self._layout_manager.sliceWidget(view)
            volume = self.shown.volumes.get(role) or self.t2w
            if widget is None or volume is None:
                continue
            composite = widget.mrmlSliceCompositeNode()
            composite.SetBackgroundVolumeID(volume.GetID())
            composite.SetForegroundVolumeID(None)
            composite.SetLabelVolumeID(None)
            composite.SetLinkedControl(True)
            widget.mrmlSliceNode().SetOrientation(orientation)

    def _center(self) -> None:
        if self.shown is not None:
            target = self.segmentation if self.segmentation is not None else self.t2w
            center_on(self.scene, target, t2w=self.t2w)

    def _slice_node(self, view: str) -> Any:
        widget = self._layout_manager.sliceWidget(view) if self._layout_manager is not None else None
        return widget.mrmlSliceNode() if widget is not None else None

    @contextmanager
    def _rendering_paused(self) -> Iterator[None]:
        slicer.app.pauseRender()
        try:
            yield
        finally:
            slicer.app.resumeRender()
