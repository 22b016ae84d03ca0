"""Drawing on a segmentation: the tools, whether something is unsaved, and holding the case until it is settled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..i18n import tr as _
from ..keys import KeyBinding, KeyMode
from ..session import Session
from ..stage import Stage
from ..ui_files import Ui, set_quietly
from .editor import SegmentEditor


class Editing:
    """What is drawn and not saved yet.

    Args:
        keys: the panel's keys; off while the tools, which have keys of their own, are open.
        bindings: the panel's keys when the tools are closed.
        changed: called when tools open or close, and when the first stroke is drawn.
    """

    def __init__(
        self,
        ui: Ui,
        session: Session,
        stage: Stage,
        *,
        keys: KeyMode,
        bindings: Callable[[], list[KeyBinding]],
        changed: Callable[[], None],
    ) -> None:
        self.session = session
        self.editor = SegmentEditor(stage.scene, ui.editorFrame.layout())
        self.touched = False
        self.drawing = False
        self.observed: list[tuple[Any, int]] = []
        self._ui = ui
        self._stage = stage
        self._keys = keys
        self._bindings = bindings
        self._changed = changed
        ui.correctButton.connect("toggled(bool)", self._toggled)

    @property
    def unsaved(self) -> bool:
        """Whether something was drawn, or begun to be drawn, that is not saved."""
        return self.touched or self.drawing

    def draw(self) -> None:
        """Start an empty segmentation; the caller has put it into the stage."""
        self.drawing = True
        self.session.hold_case(_("Review"))
        set_quietly(self._ui.correctButton, "setChecked", True)
        self._open()

    def put_down(self) -> None:
        """The panel is hidden: tools off, what is unsaved stays."""
        self.editor.close()
        set_quietly(self._ui.correctButton, "setChecked", False)
        self._ui.editorFrame.setVisible(False)

    def end(self) -> None:
        """Nothing is unsaved any more: it was saved or discarded, or another case is shown."""
        self._unobserve()
        self.touched = self.drawing = False
        self.session.hold_case("")
        self.put_down()

    def scene_closed(self) -> None:
        """The scene took every node with it."""
        self._unobserve()
        self.editor.scene_closed()
        self.end()

    def cleanup(self) -> None:
        """The module is closed."""
        self._unobserve()
        self.editor.cleanup()

    def _toggled(self, on: bool) -> None:
        if on:
            self._open()
        else:
            self.editor.close()
            self._ui.editorFrame.setVisible(False)
            self._keys.on(self._bindings())
            self._changed()

    def _open(self) -> None:
        node = self._stage.segmentation
        if node is None:
            return
        self._keys.off()
        self._ui.editorFrame.setVisible(True)
        self.editor.open(node, self._stage.t2w)
        self._observe(node)
        self._changed()

    def _observe(self, node: Any) -> None:
        self._unobserve()
        segmentation = node.GetSegmentation()
        # Painting changes the source representation; a script may also add or remove a structure.
        events = (segmentation.SourceRepresentationModified, segmentation.SegmentAdded, segmentation.SegmentRemoved)
        self.observed = [(segmentation, segmentation.AddObserver(event, self._on_content)) for event in events]

    def _unobserve(self) -> None:
        observed, self.observed = self.observed, []
        for segmentation, tag in observed:
            segmentation.RemoveObserver(tag)

    def _on_content(self, _caller: Any, _event: str) -> None:
        if not self.touched and self.editor.is_open:
            self.touched = True
            self.session.hold_case(_("Review"))
            self._changed()
