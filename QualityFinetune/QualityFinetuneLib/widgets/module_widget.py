"""What the module puts into its place: the panels, or the card that installs what they need.

Nothing here imports a package that may be missing; the panels are imported once all are there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import qt
import slicer

from .install_card import InstallCard
from .packages import missing

if TYPE_CHECKING:
    from .panels import Panels


class ModuleWidget:
    """Lives as long as the module; `widget` is what is shown.

    Args:
        scene: the vtkMRMLScene.
        find_missing: which packages are missing; replaced in tests.
        panel_options: passed on to `Panels`.
    """

    def __init__(self, *, scene: Any, find_missing: Callable[[], list[str]] = missing, **panel_options: Any) -> None:
        self.scene = scene
        self.panels: Panels | None = None
        self.install_card: InstallCard | None = None
        self.entered = False
        self._panel_options = panel_options
        self.widget = qt.QWidget()
        layout = qt.QVBoxLayout(self.widget)
        layout.setContentsMargins(0, 0, 0, 0)
        self._layout = layout
        names = find_missing()
        if names:
            from .theme import STYLE

            self.install_card = InstallCard(names, installed=self._show_panels)
            self.install_card.widget.setStyleSheet(STYLE)
            layout.addWidget(self.install_card.widget)
        else:
            self._show_panels()
        # The scene's closing takes nodes that the panels show.
        self._closed_for_another = False
        events = slicer.vtkMRMLScene
        self._observers = [
            (scene, scene.AddObserver(event, listener))
            for event, listener in (
                (events.StartCloseEvent, self._scene_closing),
                (events.EndCloseEvent, self._scene_closed),
                (events.EndBatchProcessEvent, self._scene_ready),
            )
        ]

    def enter(self) -> None:
        """The module is shown."""
        self.entered = True
        if self.panels is not None:
            self.panels.enter()

    def exit(self) -> None:
        """Another module is shown."""
        self.entered = False
        if self.panels is not None:
            self.panels.exit()

    def cleanup(self) -> None:
        """The module is closed: no observer, timer, thread or process stays behind. May be called twice."""
        observers, self._observers = self._observers, []
        for scene, tag in observers:
            scene.RemoveObserver(tag)
        if self.panels is not None:
            self.panels.cleanup()
            self.panels = None

    def _show_panels(self) -> None:
        from .panels import Panels

        if self.install_card is not None:
            self.install_card.widget.hide()
            self._layout.removeWidget(self.install_card.widget)
            self.install_card.widget.deleteLater()
            self.install_card = None
        self.panels = Panels(scene=self.scene, **self._panel_options)
        self._layout.addWidget(self.panels.widget)
        if self.entered:
            self.panels.enter()

    def _scene_closing(self, *_arguments: Any) -> None:
        if self.panels is not None:
            self.panels.scene_closing()

    def _scene_closed(self, *_arguments: Any) -> None:
        # Opening a scene closes the present one first: nothing may be added until the new one is read.
        if self.scene.IsBatchProcessing():
            self._closed_for_another = True
        elif self.panels is not None:
            self.panels.scene_closed()

    def _scene_ready(self, *_arguments: Any) -> None:
        closed, self._closed_for_another = self._closed_for_another, False
        if closed and self.panels is not None:
            self.panels.scene_closed()
