"""The third step: see the segmentation over the images; accept, correct or reject it."""

from __future__ import annotations

from collections.abc import Callable

from ...common.errors import UserError
from ...study.records import Annotation
from ...workflow.uncertainty import uncertainty_of
from ..case_bar import CaseBar
from ..i18n import tr as _
from ..keys import KeyBinding, KeyMode
from ..message_card import MessageCard
from ..session import Session
from ..stage import Stage
from ..ui_files import Ui, fill_choices
from .annotation_view import AnnotationView
from .editing import Editing
from .editor import SegmentEditor
from .presenter import ReviewPresenter, changes_sentence


class ReviewPanel:
    """Drives Review.ui.

    Args:
        session: the study, reader and case in common.
        stage: shows images and segmentations.
        keys: the keyboard mode of this panel; off while the editing tools, which have keys of their own, are open.
        go_to: shows another step.
    """

    def __init__(self, session: Session, *, stage: Stage, keys: KeyMode, go_to: Callable[[str], None]) -> None:
        self.session = session
        self.presenter = ReviewPresenter(session)
        self.ui = Ui("Review")
        self.widget = self.ui.widget
        self.message = MessageCard(self.ui.reviewMessageFrame)
        self.keys = keys
        self.entered = False
        self._chose_task = False
        self._stage = stage
        self._go_to = go_to
        self._tasks: list[str] = []
        self._views: list[str] = []
        self.words = AnnotationView(self.ui, self.presenter, self._version_chosen)
        self.editing = Editing(self.ui, session, stage, keys=keys, bindings=self.bindings, changed=self._show_buttons)
        self.cases = CaseBar(
            session,
            combo=self.ui.reviewCaseCombo,
            previous=self.ui.reviewPreviousButton,
            following=self.ui.reviewNextButton,
        )
        self._connect()
        session.study_changed.connect(self._study_changed)
        session.case_changed.connect(self._case_changed)
        session.records_changed.connect(self.refresh)

    @property
    def editor(self) -> SegmentEditor:
        """The editing tools."""
        return self.editing.editor

    @property
    def changed(self) -> bool:
        """Whether something was drawn since the segmentation was loaded or saved."""
        return self.editing.touched

    # ------------------------------------------------------------------ what the user does

    def accept(self) -> None:
        """Take the segmentation as it is and go on; one that is reviewed already is only left."""
        if self.editing.unsaved:
            self.save_correction()
            return
        if self.presenter.annotation is not None and not self.presenter.waits:
            self._go_on()
            return
        self._judge(self.presenter.accept, _("Accepted."))

    def discard(self) -> None:
        """Undo what was drawn since the segmentation was loaded."""
        self.editing.end()
        self._stage.hide_annotation()
        self.refresh()
        self.message.info(_("Your change was discarded."))

    def reject(self) -> None:
        """Discard the segmentation and go on; while a change is unsaved, discard only the change."""
        if self.editing.unsaved:
            self.discard()
            return
        self._judge(self.presenter.reject, _("Rejected; it stays in the history."))

    def save_correction(self) -> None:
        """Keep what was changed or drawn, and tell how much that was."""
        drawing = self.editing.drawing
        save = self._stage.save_annotation
        try:
            saved = self.presenter.save_drawing(save) if drawing else self.presenter.save_correction(save)
        except UserError as error:
            self.message.problem(error)
            return
        self.editing.end()
        self.refresh()
        self.message.done(_("Your outline is saved."), changes_sentence(saved.changes))

    def draw(self) -> None:
        """Start an empty segmentation and open the editing tools."""
        study, case = self.session.study, self.session.case
        if study is None or case is None or self._stage.t2w is None:
            return
        self._stage.show_empty(study, case, self.presenter.task)
        self.editing.draw()

    def show_task(self, name: str) -> None:
        """Show another task, unless something drawn is unsaved."""
        if not self.editing.unsaved:
            self._chose_task = True
            self.presenter.choose_task(name)
            self.presenter.annotation = None
            self.refresh()

    def bindings(self) -> list[KeyBinding]:
        """The keys of this step."""
        return [
            KeyBinding(key="A", text=_("Accept and next case"), action=self._if_enabled("acceptButton")),
            KeyBinding(key="X", text=_("Reject"), action=self._if_enabled("rejectButton")),
            KeyBinding(key="C", text=_("Correct, or stop correcting"), action=self._if_enabled("correctButton")),
            KeyBinding(key="O", text=_("Show or hide the segmentation"), action=self.ui.visibleCheck.toggle),
            KeyBinding(key="Ctrl+PgUp", text=_("Previous case"), action=lambda: self.session.step_case(-1)),
            KeyBinding(key="Ctrl+PgDown", text=_("Next case"), action=lambda: self.session.step_case(1)),
        ]

    # ------------------------------------------------------------------ shown, hidden, closed

    def enter(self) -> None:
        """The panel is shown."""
        self.entered = True
        self._stage.veil(False)
        if not self._chose_task and self.session.study is not None:
            self.presenter.choose_task(self.presenter.task_of_interest())
        if self.session.case_id is None and self.session.cases:
            self.session.show_case(self.presenter.next_to_review() or self.session.cases[0].id)
        self.refresh()

    def exit(self) -> None:
        """The panel is hidden: tools and keys off. A change that was not saved stays in view for the next time."""
        self.entered = False
        self.keys.off()
        self.editing.put_down()

    def cleanup(self) -> None:
        """The module is closed."""
        self.exit()
        self.editing.cleanup()

    def scene_closed(self) -> None:
        """The scene took every node with it; what was saved is in the study."""
        self.editing.scene_closed()
        self.refresh()

    def refresh(self) -> None:
        """Show the case and its segmentation as they are now; a change in progress is left alone."""
        if not self.entered:
            return
        study, case = self.session.study, self.session.case
        self._tasks = fill_choices(
            self.ui.reviewTaskCombo,
            [(task.title, task.name) for task in self.presenter.tasks],
            current=self.presenter.task.name,
        )
        self.cases.show(done=self.presenter.reviewed())
        if not self.editing.unsaved:
            shown = self.presenter.annotation
            self.presenter.load(prefer=shown.id if shown is not None else None)
            self._show_images()
        self.words.show(study_open=study is not None)
        self._show_buttons()
        if not self.editor.is_open:
            self.keys.on(self.bindings())
        if study is None or case is None:
            self._say_what_is_missing()

    # ------------------------------------------------------------------ inside

    def _connect(self) -> None:
        ui = self.ui
        ui.reviewTaskCombo.connect("currentIndexChanged(int)", self._task_chosen)
        ui.reviewViewCombo.connect("currentIndexChanged(int)", self._view_chosen)
        ui.fillSlider.connect("valueChanged(int)", lambda value: self._stage.set_fill(value / 100))
        ui.visibleCheck.connect("toggled(bool)", self._stage.set_visible)
        ui.uncertaintyCheck.connect("toggled(bool)", lambda _on: self._show_uncertainty())
        ui.drawButton.connect("clicked()", self.draw)
        ui.acceptButton.connect("clicked()", self.accept)
        ui.rejectButton.connect("clicked()", self.reject)

    def _if_enabled(self, name: str) -> Callable[[], None]:
        def click() -> None:
            button = getattr(self.ui, name)
            if button.isEnabled() and button.isVisible():
                button.click()

        return click

    def _judge(self, verdict: Callable[[], Annotation], told: str) -> None:
        self.editing.end()
        try:
            verdict()
        except UserError as error:
            self.message.problem(error)
            return
        following = self.presenter.next_to_review()
        if following is not None:
            self.session.show_case(following)
            self.message.info(_("{told} This is the next case.").format(told=told))
        else:
            self.refresh()
            self.message.done(
                _("{told} No further draft of this task waits.").format(told=told),
                next=_("Finetune on the reviewed cases in the next step."),
            )

    def _study_changed(self) -> None:
        self._chose_task = False
        self.editing.end()
        self.message.clear()
        if self.entered:
            self.enter()

    def _case_changed(self, _case_id: int | None) -> None:
        if not self.editing.unsaved:
            self.editing.end()
            self.message.clear()
        self.refresh()

    def _task_chosen(self, index: int) -> None:
        self._chose_task = True
        self.editing.end()
        self.presenter.choose_task(self._tasks[index])
        self.presenter.annotation = None
        self.refresh()

    def _version_chosen(self, annotation_id: int) -> None:
        self.editing.end()
        self.presenter.load(prefer=annotation_id)
        self.refresh()

    def _view_chosen(self, index: int) -> None:
        study, case = self.session.study, self.session.case
        if study is not None and case is not None and 0 <= index < len(self._views):
            with self.session.telling_failures():
                self._stage.show_case(study, case, arrangement=self._views[index])

    def _show_images(self) -> None:
        study, case = self.session.study, self.session.case
        if study is None or case is None:
            fill_choices(self.ui.reviewViewCombo, [])
            return
        choices = self._stage.arrangements(study, case)
        self._views = fill_choices(self.ui.reviewViewCombo, choices, current=self._stage.arrangement)
        with self.session.telling_failures():
            self._stage.show_case(study, case, arrangement=self._stage.arrangement)
            annotation = self.presenter.annotation
            if annotation is None:
                self._stage.hide_annotation()
            else:
                self._stage.show_annotation(study, annotation, self.presenter.task)
            self._show_uncertainty()

    def _show_uncertainty(self) -> None:
        """The map of where the model was unsure, over the images, where there is one and it is asked for."""
        study, case, annotation = self.session.study, self.session.case, self.presenter.annotation
        path = uncertainty_of(study, annotation) if study is not None and annotation is not None else None
        self.ui.uncertaintyCheck.setVisible(path is not None)
        wanted = path if self.ui.uncertaintyCheck.isChecked() else None
        if case is not None:
            with self.session.telling_failures():
                self._stage.show_map(case, wanted, title=_("Uncertainty of the model"))

    def _show_buttons(self) -> None:
        ui, presenter = self.ui, self.presenter
        annotation = presenter.annotation
        there = annotation is not None
        editing = self.editor.is_open
        unsaved = self.editing.unsaved
        ui.correctButton.setVisible(there or self.editing.drawing)
        ui.correctButton.setText(_("Close the editing tools") if editing else _("Correct it"))
        ui.drawButton.setVisible(not there and not self.editing.drawing and self.session.case is not None)
        ui.rejectButton.setEnabled(unsaved or there)
        ui.rejectButton.setText(_("Discard my change") if unsaved else _("Reject"))
        for choice in (ui.reviewTaskCombo, ui.versionCombo, ui.reviewCaseCombo):
            choice.setEnabled(not unsaved)
        reviewed = annotation is not None and annotation.status in ("accepted", "corrected")
        ui.acceptButton.setEnabled(unsaved or there)
        if unsaved:
            ui.acceptButton.setText(_("Save correction"))
        else:
            ui.acceptButton.setText(self._go_on_words() if reviewed else _("Accept and next case"))

    def _go_on_words(self) -> str:
        return _("Next draft") if self.presenter.next_to_review() is not None else _("Go on to Finetune")

    def _go_on(self) -> None:
        following = self.presenter.next_to_review()
        if following is not None:
            self.session.show_case(following)
        else:
            self._go_to("Finetune")

    def _say_what_is_missing(self) -> None:
        if self.session.study is None:
            self.message.info(_("No study is open."), next=_("Open or create one in the first step."))
        elif not self.session.cases:
            self.message.info(_("This study has no exams yet."), next=_("Import some in the first step."))
