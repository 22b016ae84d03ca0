"""The images: brings cases and segmentations into Slicer's views through the scene layer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import qt
import slicer

from ..cases.roles import Role
from ..cases.tasks import Task
from ..scene.case_nodes import CaseNodes, ShownCase
from ..scene.maps import add_map
from ..scene.segmentations import empty_segmentation, is_changed, save_segmentation, show_annotation
from ..scene.snapshot import save_png
from ..scene.views import aim, fitting_field_of_view, focus, show_labels
from ..study.records import Annotation, Case
from ..study.study import Study
from .arrangements import LAYOUT, LAYOUT_ID, VIEWS, arrangement_named, offered

MAP_OPACITY = 0.6

SETTLE_MS = 200
"""After which a new layout has taken its shape."""


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
        self._annotation_id: int | None = None
        self._map: Any = None
        self._map_path: Path | None = None
        self._arranged = ""
        self._aimed_shapes: tuple[tuple[int, int], ...] = ()
        self._fill = 0.25
        self._outline = True
        self._veiled = False

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
            # The planes were given back at the exit, and the views get their size only when the window is laid out.
            self._arranged = ""
            qt.QTimer.singleShot(SETTLE_MS, self.settle)

    def settle(self) -> None:
        """Aim again where a view changed its shape meanwhile: Slicer keeps its height in mm, not its width."""
        if self._arranged and self._shapes() != self._aimed_shapes:
            self._aim()

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
        with self._rendering_paused():
            if self.shown is None or self.shown.case_id != case.id:
                self.clear()
                self.shown = self._nodes.show(study, case)
                self._arranged = ""
            self.arrangement = arrangement
            self._arrange(arrangement if arrangement in names else names[0])
        return self.shown

    def clear(self) -> None:
        """Take the case out of the scene."""
        self.hide_annotation()
        self._nodes.close_all()
        self.forget()

    def forget(self) -> None:
        """The scene was closed: its nodes are gone already."""
        self.shown, self.segmentation = None, None
        self._annotation_id, self._arranged = None, ""
        self._map, self._map_path = None, None

    @property
    def t2w(self) -> Any:
        """The volume node of the axial T2w, None while no case is shown."""
        return self.shown.first(Role.T2W) if self.shown is not None else None

    # ------------------------------------------------------------------ segmentations

    def show_annotation(self, study: Study, annotation: Annotation, task: Task) -> Any:
        """Show a segmentation over the images; returns its node."""
        if self._annotation_id != annotation.id or self.segmentation is None:
            self.hide_annotation()
            self.segmentation = show_annotation(self.scene, study, annotation, task)
            self._annotation_id = annotation.id
            self._apply_display()
            self._aim()
        return self.segmentation

    def show_empty(self, study: Study, case: Case, task: Task) -> Any:
        """An empty segmentation of the task to draw into; returns its node."""
        self.hide_annotation()
        self.segmentation = empty_segmentation(self.scene, study, case, task)
        self._apply_display()
        return self.segmentation

    def hide_annotation(self) -> None:
        """Take the segmentation out of the scene; what is saved stays in the study."""
        node, self.segmentation, self._annotation_id = self.segmentation, None, None
        if node is not None and self.scene.IsNodePresent(node):
            self._nodes.remove(node)

    def show_map(self, case: Case, path: Path | None, *, title: str) -> None:
        """Lay a map of the case over the T2w, see-through where it is low; None takes it away.

        Raises:
            UserError: when the file cannot be read.
        """
        if path == self._map_path:
            return
        node, self._map, self._map_path = self._map, None, None
        if node is not None and self.scene.IsNodePresent(node):
            self._nodes.remove(node)
        if path is not None:
            self._map, self._map_path = add_map(self.scene, case, path, title=title), path
        self._show_foreground()

    def save_annotation(self, path: Path, task: Task) -> None:
        """Write what is drawn now as a label map on the T2w grid."""
        save_segmentation(self.segmentation, path, self.t2w, task)

    def is_changed(self, task: Task) -> bool:
        """Whether something was drawn since the segmentation was loaded or saved."""
        return self.segmentation is not None and is_changed(self.segmentation, self.t2w, task)

    def save_picture(self, path: Path, *, size_px: tuple[int, int]) -> None:
        """Render the axial slice through the middle of the segmentation as a PNG."""
        save_png(self.scene, path, self.t2w, self.segmentation, size_px=size_px)

    def set_fill(self, opacity: float) -> None:
        """How strongly structures are filled, 0 to 1; the outline stays."""
        self._fill = opacity
        self._apply_display()

    def set_visible(self, on: bool) -> None:
        """Show or hide the segmentation."""
        self._outline = on
        self._apply_display()

    def veil(self, on: bool) -> None:
        """Keep the segmentation out of sight, as while quality is rated, without letting go of what was drawn."""
        self._veiled = on
        self._apply_display()
        self._show_foreground()

    # ------------------------------------------------------------------ inside

    def _apply_display(self) -> None:
        if self.segmentation is not None:
            show_labels(self.segmentation, visible=self._outline and not self._veiled, fill_opacity=self._fill)

    def _arrange(self, name: str) -> None:
        if self.shown is None or name == self._arranged:
            return
        self._arranged = name
        for view, role in zip(VIEWS, arrangement_named(name).roles, strict=True):
            widget = self._slice_widget(view)
            volume = self.shown.first(role) or self.t2w
            if widget is None or volume is None:
                continue
            composite = widget.mrmlSliceCompositeNode()
            # Linking comes last: a linked view would pass each step on to the others while they are being set.
            composite.SetLinkedControl(False)
            composite.SetBackgroundVolumeID(volume.GetID())
            composite.SetForegroundVolumeID(None)
            composite.SetLabelVolumeID(None)
            composite.SetLinkedControl(True)
        self._show_foreground()
        self._aim()

    def _show_foreground(self) -> None:
        for view in VIEWS:
            widget = self._slice_widget(view)
            if widget is None:
                continue
            composite = widget.mrmlSliceCompositeNode()
            on_t2w = self.t2w is not None and composite.GetBackgroundVolumeID() == self.t2w.GetID()
            over = self._map if on_t2w and not self._veiled else None
            linked = composite.GetLinkedControl()
            composite.SetLinkedControl(False)
            composite.SetForegroundVolumeID(over.GetID() if over is not None else None)
            composite.SetForegroundOpacity(MAP_OPACITY if over is not None else 0.0)
            composite.SetLinkedControl(linked)

    def _aim(self) -> None:
        """Turn the views into the exam's own planes and centre them on what is outlined, or on the middle."""
        if self.shown is None or self.t2w is None or not self._arranged:
            return
        self._aimed_shapes = self._shapes()
        arrangement = arrangement_named(self._arranged)
        centre = focus(self.t2w, self.segmentation)
        shown_mm = fitting_field_of_view(self.segmentation)
        for view, role, orientation in zip(VIEWS, arrangement.roles, arrangement.orientations, strict=True):
            node = self._slice_node(view)
            if node is None:
                continue
            planes = self.shown.first(role) if role in (Role.T2W_SAG, Role.T2W_COR) else None
            was = node.StartModify()
            node.SetOrientation(orientation)
            aim(node, planes or self.t2w, centre, field_of_view_mm=shown_mm)
            node.EndModify(was)

    def _shapes(self) -> tuple[tuple[int, int], ...]:
        nodes = (self._slice_node(view) for view in VIEWS)
        return tuple(tuple(node.GetDimensions()[:2]) for node in nodes if node is not None)

    def _slice_widget(self, view: str) -> Any:
        return self._layout_manager.sliceWidget(view) if self._layout_manager is not None else None

    def _slice_node(self, view: str) -> Any:
        widget = self._slice_widget(view)
        return widget.mrmlSliceNode() if widget is not None else None

    @contextmanager
    def _rendering_paused(self) -> Iterator[None]:
        slicer.app.pauseRender()
        try:
            yield
        finally:
            slicer.app.resumeRender()
