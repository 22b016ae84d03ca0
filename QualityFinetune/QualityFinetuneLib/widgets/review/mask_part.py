"""Judging a mask: accept it, correct it with Slicer's own tools, reject it, or draw one."""

from __future__ import annotations

from collections.abc import Callable

from ...common.errors import UserError
from ...study.records import Annotation
from ..i18n import tr as _
from ..keys import KeyBinding, KeyMode
from ..message_card import MessageCard
from ..session import Session
from ..stage import Stage
from ..ui_files import Ui
from . import mask_words
from .annotation_view import AnnotationView
from .editing import Editing
from .presenter import ReviewPresenter


class MaskPart:
    """Drives what is about masks in Review.ui.

    Args:
        keys: the panel's keys; `bindings` are those when the editing tools are closed.
        refresh: shows the whole panel anew.
        go_on: brings the next case after a verdict that was told in these words.
        leave: goes on without a verdict.
    """

    def __init__(
        self,
        ui: Ui,
        session: Session,
        presenter: ReviewPresenter,
        message: MessageCard,
        *,
        stage: Stage,
        keys: KeyMode,
        bindings: Callable[[], list[KeyBinding]],
        refresh: Callable[[], None],
        go_on: Callable[[str], None],
        leave: Callable[[], None],
    ) -> None:
        self.session = session
        self.words = AnnotationView(ui, presenter, self._version_chosen)
        self.editing = Editing(ui, session, stage, keys=keys, bindings=bindings, changed=self.show_buttons)
        self._ui = ui
        self._presenter = presenter
        self._message = message
        self._stage = stage
        self._refresh = refresh
        self._go_on = go_on
        self._leave = leave
        ui.drawButton.connect("clicked()", self.draw)

    # ------------------------------------------------------------------ what the user does

    def primary(self) -> None:
        """Take the segmentation as it is and go on; one that is reviewed already is only left."""
        if self.editing.unsaved:
            self.save_correction()
        elif self._presenter.annotation is not None and not self._presenter.waits:
            self._leave()
        else:
            self._judge(self._presenter.accept, _("Accepted."))

    def secondary(self) -> None:
        """Discard the segmentation and go on; while a change is unsaved, discard only the change."""
        if self.editing.unsaved:
            self.discard()
        else:
            self._judge(self._presenter.reject, _("Rejected; it stays in the history."))

    def discard(self) -> None:
        """Undo what was drawn since the segmentation was loaded."""
        self.editing.end()
        self._stage.hide_annotation()
        self._refresh()
        self._message.info(_("Your change was discarded."))

    def save_correction(self) -> None:
        """Keep what was changed or drawn, and tell how much that was."""
        save = self._stage.save_annotation
        try:
            saved = (
                self._presenter.save_drawing(save) if self.editing.drawing else self._presenter.save_correction(save)
            )
        except UserError as error:
            self._message.problem(error)
            return
        self.editing.end()
        self._refresh()
        self._message.done(_("Your outline is saved."), mask_words.changes(saved.changes))

    def draw(self) -> None:
        """Start an empty segmentation and open the editing tools."""
        study, case = self.session.study, self.session.case
        if study is None or case is None or self._stage.t2w is None:
            return
        self._stage.show_empty(study, case, self._presenter.task)
        self.editing.draw()

    def bindings(self) -> list[KeyBinding]:
        """Keys of a mask."""
        return [
            KeyBinding(key="C", text=_("Correct, or stop correcting"), action=self._correct),
            KeyBinding(key="O", text=_("Show or hide the segmentation"), action=self._ui.visibleCheck.toggle),
        ]

    # ------------------------------------------------------------------ what is shown

    def show(self) -> None:
        """Show the segmentation in words."""
        self.words.show()

    def show_buttons(self) -> None:
        """Say what can be done with it next."""
        ui, annotation, drawing = self._ui, self._presenter.annotation, self.editing.drawing
        there, unsaved = annotation is not None, self.editing.unsaved
        ui.correctButton.setVisible(there or drawing)
        ui.correctButton.setText(_("Close the editing tools") if self.editing.editor.is_open else _("Correct it"))
        ui.drawButton.setVisible(not there and not drawing and self.session.case is not None)
        ui.rejectButton.setEnabled(unsaved or there)
        ui.rejectButton.setText(_("Discard my change") if unsaved else _("Reject"))
        ui.rejectButton.setToolTip(_("This segmentation is not usable; it stays in the history"))
        for choice in (ui.reviewTaskCombo, ui.versionCombo, ui.reviewCaseCombo):
            choice.setEnabled(not unsaved)
        ui.acceptButton.setEnabled(unsaved or there)
        ui.acceptButton.setText(self._next_action(unsaved=unsaved))

    def done(self) -> set[int]:
        """Cases whose segmentation is reviewed."""
        return self._presenter.reviewed()

    def following(self) -> int | None:
        """The next case with a draft."""
        return self._presenter.next_to_review()

    # ------------------------------------------------------------------ inside

    def _next_action(self, *, unsaved: bool) -> str:
        annotation = self._presenter.annotation
        if unsaved:
            return _("Save correction")
        if annotation is None or annotation.status not in ("accepted", "corrected"):
            return _("Accept and next case")
        return _("Next draft") if self.following() is not None else _("Go on to Finetune")

    def _judge(self, verdict: Callable[[], Annotation], told: str) -> None:
        self.editing.end()
        try:
            verdict()
        except UserError as error:
            self._message.problem(error)
            return
        self._go_on(told)

    def _version_chosen(self, annotation_id: int) -> None:
        self.editing.end()
        self._presenter.load(prefer=annotation_id)
        self._refresh()

    def _correct(self) -> None:
        if self._ui.correctButton.isEnabled() and self._ui.correctButton.isVisible():
            self._ui.correctButton.click()
