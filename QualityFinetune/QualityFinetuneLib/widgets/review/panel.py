"""The third step: see the segmentation over the images and judge it, or answer what is asked about the whole exam."""

from __future__ import annotations

from collections.abc import Callable

from ...study.records import Case
from ..case_bar import CaseBar
from ..i18n import tr as _
from ..keys import KeyBinding, KeyMode
from ..message_card import MessageCard
from ..session import Session
from ..stage import Stage
from ..ui_files import Ui, fill_choices
from .answer_part import AnswerPart
from .answer_presenter import AnswerPresenter
from .editing import Editing
from .editor import SegmentEditor
from .images_part import ImagesPart
from .mask_part import MaskPart
from .part import ReviewPart
from .presenter import ReviewPresenter


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
        self.images = ImagesPart(self.ui, session, self.presenter, stage)
        self.masks = MaskPart(
            self.ui,
            session,
            self.presenter,
            self.message,
            stage=stage,
            keys=keys,
            bindings=self.bindings,
            refresh=self.refresh,
            go_on=self._go_on,
            leave=self._leave,
        )
        self.answers = AnswerPart(
            self.ui,
            session,
            AnswerPresenter(session),
            self.message,
            refresh=self.refresh,
            go_on=self._go_on,
            leave=self._leave,
        )
        self.cases = CaseBar(
            session,
            combo=self.ui.reviewCaseCombo,
            previous=self.ui.reviewPreviousButton,
            following=self.ui.reviewNextButton,
        )
        self.ui.reviewTaskCombo.connect("currentIndexChanged(int)", self._task_chosen)
        self.ui.acceptButton.connect("clicked()", lambda: self.part.primary())
        self.ui.rejectButton.connect("clicked()", lambda: self.part.secondary())
        session.study_changed.connect(self._study_changed)
        session.reader_changed.connect(self.refresh)
        session.case_changed.connect(self._case_changed)
        session.records_changed.connect(self.refresh)

    @property
    def part(self) -> ReviewPart:
        """What works on the task in view."""
        return self.masks if self.presenter.task.segments else self.answers

    @property
    def editing(self) -> Editing:
        """What is drawn and not saved yet."""
        return self.masks.editing

    @property
    def editor(self) -> SegmentEditor:
        """The editing tools."""
        return self.editing.editor

    @property
    def changed(self) -> bool:
        """Whether something was drawn since the segmentation was loaded or saved."""
        return self.editing.touched

    def show_task(self, name: str) -> None:
        """Show another task, unless something drawn is unsaved."""
        if not self.editing.unsaved:
            self._chose_task = True
            self.presenter.choose_task(name)
            self.refresh()

    def bindings(self) -> list[KeyBinding]:
        """The keys of this step and of the task in view."""
        return [
            KeyBinding(key="A", text=_("Accept or save, and next case"), action=self._if_enabled("acceptButton")),
            KeyBinding(key="X", text=_("Reject"), action=self._if_enabled("rejectButton")),
            *self.part.bindings(),
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
            self._load()
            self.session.show_case(self.part.following() or self.session.cases[0].id)
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
        """Show the case and its segmentation or answer as they are now; a drawing in progress is left alone."""
        if not self.entered:
            return
        self._load()
        ui, task = self.ui, self.presenter.task
        choices = [(one.title, one.name) for one in self.presenter.tasks]
        self._tasks = fill_choices(ui.reviewTaskCombo, choices, current=task.name)
        ui.maskFrame.setVisible(task.segments)
        ui.answerFrame.setVisible(not task.segments)
        self.cases.show(done=self.part.done())
        if not self.editing.unsaved:
            self.images.show()
        self.part.show()
        self.part.show_buttons()
        if not self.editor.is_open:
            self.keys.on(self.bindings())
        self._say_what_is_missing()

    # ------------------------------------------------------------------ inside

    def _load(self) -> None:
        if not self.editing.unsaved:
            shown = self.presenter.annotation
            self.presenter.load(prefer=shown.id if shown is not None else None)
        if not self.presenter.task.segments:
            self.answers.presenter.load(self.presenter.task)

    def _if_enabled(self, name: str) -> Callable[[], None]:
        def click() -> None:
            button = getattr(self.ui, name)
            if button.isEnabled() and button.isVisible():
                button.click()

        return click

    def _go_on(self, told: str, *, remark: str = "", of: Case | None = None) -> None:
        following = self.part.following()
        if following is not None:
            self.session.show_case(following)
        else:
            self.refresh()
        if remark and of is not None:
            self.message.warn(
                _("{case} is saved. {remark}").format(case=self.session.label(of), remark=remark),
                next=_("Go back to it, or leave it as it is; your answer stands."),
            )
        elif following is not None:
            self.message.info(_("{told} This is the next case.").format(told=told))
        else:
            waits = _("draft of this task waits") if self.presenter.task.segments else _("case waits for your answer")
            self.message.done(
                _("{told} No further {waits}.").format(told=told, waits=waits),
                next=_("Finetune on the reviewed cases in the next step."),
            )

    def _leave(self) -> None:
        following = self.part.following()
        if following is None:
            self._go_to("Finetune")
        elif following == self.session.case_id:  # an older version was looked at; its own draft is the one that waits
            self.presenter.annotation = None
            self.refresh()
        else:
            self.session.show_case(following)

    def _study_changed(self) -> None:
        self._chose_task = False
        self.editing.end()
        self.answers.presenter.forget()
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
        self.message.clear()
        self.presenter.choose_task(self._tasks[index])
        self.refresh()

    def _say_what_is_missing(self) -> None:
        if self.session.study is None:
            self.message.info(_("No study is open."), next=_("Open or create one in the first step."))
        elif not self.session.cases:
            self.message.info(_("This study has no exams yet."), next=_("Import some in the first step."))
        elif self.session.reader is None and not self.presenter.task.segments:
            self.message.info(
                _("Who is reading?"),
                _("Every answer is kept under the name of its reader."),
                _("Enter your name in the first step."),
            )
